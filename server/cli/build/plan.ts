// What `mindird build` compiles: the versions a server with the same configuration would load, smallest first.

import path from 'node:path';
import type { ServableConfig } from '../../config/servable-fields.ts';
import type { ServerConfig } from '../../config/server-fields.ts';
import { toServingError } from '../../errors.ts';
import { type CalibrationOrder, calibrationOrder } from '../../model/calibration.ts';
import { type EngineChoice, servableEngines, serverEngines } from '../../model/engines.ts';
import { type FoundServable, type FoundVersion, scanRepository } from '../../model/repository.ts';
import { loadOptions } from '../../model/served-version.ts';
import { wantedVersions } from '../../model/version-policy.ts';
import type { LoadOptions, Precision, SystemInfo } from '../../native/binding-types.ts';

/** One version to build, or why it cannot be. */
export interface PlannedBuild {
  readonly name: string;
  readonly version: number;
  readonly bytes: number;
  readonly options: LoadOptions | undefined;
  /** Where the version is to be in 8 bits: what comes before. */
  readonly calibration?: CalibrationOrder | undefined;
  readonly problem: string;
}

/** The builds of a repository, and folders that are no servables, as lines. */
export interface BuildPlan {
  readonly builds: readonly PlannedBuild[];
  readonly skipped: readonly string[];
}

/** Looks at the repository of the configuration; `overridden` says that its engine setting outranks the servables' own. */
export async function planBuilds(config: ServerConfig, overridden: boolean, system: SystemInfo): Promise<BuildPlan> {
  const scan = await scanRepository(config.repository.path, config.repository.servable);
  const server = serverEngines(config.engine.use, system.engines);
  const builds = scan.servables.flatMap((servable) =>
    wantedOf(servable, config.repository.keep_versions).map((found) => {
      return plan(servable, found, config, enginesOf(servable.config, server, overridden, system));
    }),
  );
  return {
    builds: builds.sort((a, b) => a.bytes - b.bytes || a.name.localeCompare(b.name)),
    skipped: scan.skipped.map(
      ({ path: place, reason }) => `${path.relative(process.cwd(), place) || place}: ${reason}`,
    ),
  };
}

function wantedOf(servable: FoundServable, keep: number): FoundVersion[] {
  const versions = servable.config?.versions;
  const specific = versions?.specific ?? [];
  const policy = specific.length > 0 ? { specific } : { latest: versions?.latest ?? keep };
  const wanted = wantedVersions(policy, servable.versions, []).map(({ version }) => version);
  return servable.versions.filter(({ version }) => wanted.includes(version));
}

function enginesOf(
  config: ServableConfig | undefined,
  server: EngineChoice,
  overridden: boolean,
  system: SystemInfo,
): EngineChoice {
  return servableEngines(config?.model.engines ?? null, server, overridden, system.engines);
}

function plan(servable: FoundServable, found: FoundVersion, config: ServerConfig, choice: EngineChoice): PlannedBuild {
  const { name } = servable;
  const { version, bytes } = found;
  const problems = servable.problems.map((problem) => `line ${problem.line}: ${problem.path}: ${problem.message}`);
  const broken = servable.config === undefined ? `servable_config.yaml: ${problems.join('; ')}` : found.problem;
  const none = choice.engines.length === 0 ? `none of its engines is available: ${choice.missing.join(', ')}` : '';
  const problem = broken || none;
  if (problem !== '' || servable.config === undefined) return { name, version, bytes, options: undefined, problem };
  const defaults = {
    precision: config.engine.precision as Precision,
    threads: config.engine.threads,
    engineBuild: 'block',
    cacheDir: config.cache.path,
    cacheMaxSize: config.cache.max_size,
  };
  const options = loadOptions(`${name}/${version}`, found.file, servable.config, choice.engines, defaults);
  // Whatever the servable asks for when it is served: here the engines are what is wanted.
  const planned = { name, version, bytes, options: { ...options, engineBuild: 'block' as const } };
  try {
    const calibration = calibrationOrder(options.label, found.file, servable.config, defaults);
    return { ...planned, ...(calibration === undefined ? {} : { calibration }), problem: '' };
  } catch (caught) {
    return { name, version, bytes, options: undefined, problem: toServingError(caught).message };
  }
}
