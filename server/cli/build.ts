// `mindird build`: builds and caches the engines of every servable, so that a server starts without waiting; with --embed, writes one model
// with its engines as a plan file.

import type { Argv } from 'yargs';
import { openCacheFolder } from '../cache-folder.ts';
import { type ConfigInputs, loadConfig } from '../config/load.ts';
import { configureOptions } from '../model/configure.ts';
import { loadAddon } from '../native/binding.ts';
import type { NativeAddon } from '../native/binding-types.ts';
import { bucketsOption, embedModel, embedText } from './build/embed.ts';
import { type BuildPlan, planBuilds } from './build/plan.ts';
import { type BuildOutcome, type BuildProgress, runBuilds } from './build/run.ts';
import { exitCode } from './command.ts';
import { addConfigFlags, configInputs } from './config-flags.ts';
import { CommandFailure, UsageError } from './failure.ts';
import { formatElapsed } from './terminal/format.ts';
import { shapeOptions } from './terminal/options.ts';
import { ProgressLine } from './terminal/progress.ts';
import { textTable } from './terminal/table.ts';

/** Adds the command. */
export const addBuild = (program: Argv): Argv =>
  program.command(
    'build [model]',
    'build and cache the engines of all servables, or write one model with its engines as a plan file, then exit',
    (y) =>
      addConfigFlags(y)
        .positional('model', { type: 'string', describe: '.mindir file, with --embed' })
        .option('embed', {
          type: 'string',
          requiresArg: true,
          describe: 'write the model with its TensorRT engines to this .mindplan file',
        })
        .option('buckets', {
          type: 'string',
          requiresArg: true,
          describe: 'with --embed: batch sizes of a batched model, by commas [default: as its servable is configured]',
          coerce: bucketsOption,
        })
        .option('shape', {
          type: 'string',
          array: true,
          nargs: 1,
          default: [],
          describe: 'with --embed: INPUT=1,128 for an input whose unknown sizes are no batch',
          coerce: shapeOptions,
        })
        .option('fallback', {
          type: 'boolean',
          default: true,
          describe:
            'with --embed: keep what a server without a matching TensorRT needs; --no-fallback makes a smaller file',
        })
        .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
    async (argv) => {
      if (argv.embed !== undefined || argv.model !== undefined) {
        if (argv.embed === undefined || argv.model === undefined)
          throw new UsageError('build: want both a model and --embed OUT, or neither');
        const { model, embed: output, buckets = [], shape: shapes, fallback: bodies } = argv;
        const line = new ProgressLine(process.stderr);
        const begun = (step: string, elapsedMs: number): void =>
          line.text(`${formatElapsed(elapsedMs)}  ${step === '' ? 'reading' : step}`);
        const wanted = { model, output, buckets, shapes, bodies };
        const result = await embedModel(configInputs(argv), wanted, loadAddon(), begun).finally(() => line.clear());
        process.stdout.write(`${argv.json ? JSON.stringify(result, null, 2) : embedText(result)}\n`);
        return;
      }
      const { plan, outcomes } = await build(configInputs(argv), loadAddon(), progressOn(process.stderr));
      const failed = outcomes.filter(({ ok }) => !ok).length;
      process.stdout.write(
        `${argv.json ? JSON.stringify({ models: outcomes, skipped: plan.skipped }, null, 2) : buildText(plan, outcomes)}\n`,
      );
      if (failed > 0 || outcomes.length === 0) process.exitCode = exitCode.failed;
    },
  );

/** Plans and runs the builds as a server with the same flags would load them. */
export async function build(
  inputs: ConfigInputs,
  addon: NativeAddon,
  progress: BuildProgress,
): Promise<{ readonly plan: BuildPlan; readonly outcomes: readonly BuildOutcome[] }> {
  const { config, sources } = loadConfig(inputs);
  // A build whose engines cannot be kept is of no use.
  const cache = openCacheFolder(config.cache.path);
  if (cache.path === null)
    throw new CommandFailure(`${config.cache.path ?? 'cache.path'}: the engine cache cannot be used: ${cache.reason}`);
  addon.configure(configureOptions(config));
  const plan = await planBuilds(config, sources.has('engine.use'), addon.systemInfo());
  return { plan, outcomes: await runBuilds(addon, plan.builds, progress) };
}

/** A bar on a terminal, a line per model elsewhere. */
function progressOn(stream: NodeJS.WriteStream): BuildProgress {
  const line = new ProgressLine(stream);
  let share = 0;
  return {
    started: ({ name, version }, position, total) => {
      share = position / total;
      if (!stream.isTTY) stream.write(`building ${name}/${version} (${position + 1} of ${total})\n`);
    },
    working: ({ name, version }, step, elapsedMs) =>
      line.bar(share, `${name}/${version} ${formatElapsed(elapsedMs)}  ${step}`),
    ended: ({ name, version, ok, elapsedMs, error }) => {
      line.clear();
      if (!stream.isTTY)
        stream.write(
          `${ok ? 'built' : 'failed'} ${name}/${version} after ${formatElapsed(elapsedMs)}${ok ? '' : `: ${error}`}\n`,
        );
    },
  };
}

/** The summary: one line per version, then what was skipped or failed. */
export function buildText(plan: BuildPlan, outcomes: readonly BuildOutcome[]): string {
  const rows = outcomes.map(({ name, version, ok, elapsedMs, cacheHits, built }) => {
    return [`${name}/${version}`, ok ? 'ready' : 'failed', formatElapsed(elapsedMs), String(built), String(cacheHits)];
  });
  const failures = outcomes
    .filter(({ ok }) => !ok)
    .map(({ name, version, error }) => `failed: ${name}/${version}: ${error}`);
  const warnings = outcomes.flatMap((outcome) =>
    outcome.warnings.map((text) => `warning: ${outcome.name}/${outcome.version}: ${text}`),
  );
  const table =
    rows.length === 0
      ? 'no versions to build'
      : textTable(['model', 'state', 'elapsed', 'engines built', 'from cache'], rows);
  return [table, ...plan.skipped.map((text) => `skipped: ${text}`), ...warnings, ...failures].join('\n');
}
