// `mindird check`: validates the configuration and the repository, loads nothing.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Argv } from 'yargs';
import { parseKeyFile } from '../access/key-file.ts';
import type { ConfigInputs } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import type { Problem } from '../config/problem.ts';
import { ConfigError, describeProblem } from '../config/problem.ts';
import { servableFile, tritonFile } from '../config/servable.ts';
import type { ServableConfig } from '../config/servable-fields.ts';
import { reasonOf } from '../model/fs-reason.ts';
import type { FoundServable, Scan } from '../model/repository.ts';
import { scanRepository } from '../model/repository.ts';
import { exitCode } from './command.ts';
import { addConfigFlags, configInputs } from './config-flags.ts';

/** Adds the command. */
export const addCheck = (program: Argv): Argv =>
  program.command(
    'check',
    'validate the configuration and the repository without loading a model',
    (y) => addConfigFlags(y).option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
    async (argv) => {
      const result = await check(configInputs(argv));
      process.stdout.write(argv['json'] === true ? `${JSON.stringify(result, null, 2)}\n` : checkText(result));
      process.exitCode = result.ok ? exitCode.ok : exitCode.config;
    },
  );

export interface CheckedServable {
  readonly name: string;
  readonly versions: readonly number[];
}

export interface CheckResult {
  readonly ok: boolean;
  readonly config: string | null;
  readonly repository: string | null;
  readonly servables: readonly CheckedServable[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** Checks everything that can be checked without the addon. */
export async function check(inputs: ConfigInputs): Promise<CheckResult> {
  try {
    const { config, file, warnings } = loadConfig(inputs);
    const repository = config.repository.path;
    const found = await checkRepository(repository, config.repository.servable);
    const problems = [...(await checkKeys(config.access.keys)), ...found.problems];
    const all = [...warnings, ...found.warnings];
    return { ok: problems.length === 0, config: file, repository, servables: found.servables, problems, warnings: all };
  } catch (caught) {
    if (!(caught instanceof ConfigError)) throw caught;
    return {
      ok: false,
      config: inputs.file ?? null,
      repository: null,
      servables: [],
      problems: caught.problems,
      warnings: [],
    };
  }
}

async function checkKeys(file: string | null): Promise<readonly Problem[]> {
  if (file === null) return [];
  try {
    parseKeyFile(await readFile(file), file);
    return [];
  } catch (caught) {
    if (caught instanceof ConfigError) return caught.problems;
    return [{ source: file, line: 0, path: '', message: reasonOf(caught) }];
  }
}

async function checkRepository(
  root: string,
  servable: string | null,
): Promise<Pick<CheckResult, 'servables' | 'problems' | 'warnings'>> {
  let scan: Scan;
  try {
    scan = await scanRepository(root, servable);
  } catch (caught) {
    return { servables: [], problems: [{ source: root, line: 0, path: '', message: reasonOf(caught) }], warnings: [] };
  }
  const skipped = scan.skipped.map(
    ({ path: source, reason }): Problem => ({ source, line: 0, path: '', message: reason }),
  );
  const problems = scan.servables.flatMap((servable) => servableProblems(root, servable));
  const servables = scan.servables.map(({ name, versions }) => ({
    name,
    versions: versions.map(({ version }) => version),
  }));
  const warnings = scan.servables.flatMap(({ name, config }) => [
    ...(config?.mindspore_serving.refused ?? []).map((refused) => `${name}: a method is not available: ${refused}`),
    ...(config?.triton.ignored ?? []).map((text) => `${path.join(root, name, tritonFile)}: ${text}`),
    ...(config?.chains?.models ?? [])
      .filter(({ servable }) => servable !== null && !scan.servables.some((other) => other.name === servable))
      .map(({ servable }) => `${name}: a stage runs ${servable}, and the repository has no such servable`),
  ]);
  return { servables, problems: [...skipped, ...problems], warnings };
}

function servableProblems(root: string, { name, config, problems, versions }: FoundServable): readonly Problem[] {
  const folder = path.join(root, name);
  const broken = versions
    .filter(({ problem }) => problem !== '')
    .map(
      ({ version, problem }): Problem => ({
        source: path.join(folder, String(version)),
        line: 0,
        path: '',
        message: problem,
      }),
    );
  const absent = (config?.versions.specific ?? [])
    .filter((wanted) => !versions.some(({ version }) => version === wanted))
    .map(
      (wanted): Problem => ({
        source: path.join(folder, servableFile),
        line: 0,
        path: 'versions.specific',
        message: `version ${wanted} has no folder`,
      }),
    );
  return [...problems, ...broken, ...absent, ...samplesProblem(folder, config)];
}

/** Whether the samples that a model in 8 bits is measured on are there; what they hold is seen when it is loaded. */
function samplesProblem(folder: string, config: ServableConfig | undefined): readonly Problem[] {
  const data = config?.calibration.data ?? null;
  if (data === null || existsSync(data)) return [];
  const message = `${data}: not found, want an .npz file or a folder of them`;
  return [{ source: path.join(folder, servableFile), line: 0, path: 'calibration.data', message }];
}

function checkText({ ok, config, repository, servables, problems, warnings }: CheckResult): string {
  const lines = [...problems.map(describeProblem), ...warnings.map((warning) => `warning: ${warning}`)];
  const counted = servables.map(({ name, versions }) => `${name} (${versions.join(', ')})`).join(', ');
  if (repository !== null)
    lines.push(
      `configuration: ${config ?? 'defaults'}`,
      `repository: ${repository}: ${counted === '' ? 'no servables' : counted}`,
    );
  lines.push(ok ? 'ok' : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`);
  return `${lines.join('\n')}\n`;
}
