// `mindird build --embed`: one model as a plan file, with the engines of its TensorRT subgraphs inside.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { openCacheFolder } from '../../cache-folder.ts';
import { type ConfigInputs, loadConfig } from '../../config/load.ts';
import { defaultServable, readServable, servableFile } from '../../config/servable.ts';
import type { ServableConfig } from '../../config/servable-fields.ts';
import { configureOptions } from '../../model/configure.ts';
import { serverEngines } from '../../model/engines.ts';
import { loadOptions } from '../../model/served-version.ts';
import type { EmbedResult, LoadOptions, NativeAddon, Precision, SystemInfo } from '../../native/binding-types.ts';
import { projectVersion } from '../../util/version.ts';
import { CommandFailure, UsageError } from '../failure.ts';
import { orderedShapes } from '../inspect.ts';

/** Arguments of the command. */
export interface EmbedArguments {
  readonly model: string;
  readonly output: string;
  /** Batch sizes of a batched model; empty = as its servable is configured. */
  readonly buckets: readonly number[];
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Whether the subgraphs go with the engines. */
  readonly bodies: boolean;
}

type EmbedAddon = Pick<NativeAddon, 'configure' | 'systemInfo' | 'inspect' | 'embed'>;

/** Reads `1,2,4` into ascending batch sizes. */
export function bucketsOption(text: string): readonly number[] {
  if (!/^\d{1,9}(,\d{1,9})*$/.test(text)) throw new UsageError(`--buckets: found "${text}", want sizes like 1,2,4`);
  const sizes = [...new Set(text.split(',').map(Number))].sort((a, b) => a - b);
  if (sizes.includes(0)) throw new UsageError(`--buckets: found "${text}", want sizes of at least 1`);
  return sizes;
}

/** Compiles the model with the engines a server of this configuration would use and writes the plan file. */
export async function embedModel(inputs: ConfigInputs, args: EmbedArguments, addon: EmbedAddon): Promise<EmbedResult> {
  const { config } = loadConfig(inputs);
  addon.configure(configureOptions(config));
  const engines = enginesFor(config.engine.use, addon.systemInfo());
  const file = path.resolve(args.model);
  const shapes = args.shapes.size === 0 ? [] : await orderedShapes(file, { ...args, engines }, addon);
  const output = path.resolve(args.output);
  const { threads } = config.engine;
  const precision = config.engine.precision as Precision;
  const defaults = {
    engineBuild: 'block',
    threads,
    precision,
    cacheDir: openCacheFolder(config.cache.path ?? '').path,
  };
  const options: LoadOptions = {
    ...loadOptions(path.basename(file), file, servableOf(file), engines, defaults),
    ...(args.buckets.length === 0 ? {} : { buckets: args.buckets, maxBatch: args.buckets.at(-1) ?? 1 }),
  };
  const wanted = { output, creator: `mindird ${projectVersion()}`, bodies: args.bodies, shapes };
  return JSON.parse(await addon.embed(options, wanted)) as EmbedResult;
}

/** The configuration of the servable that the model lies in, NAME/VERSION/model.mindir; elsewhere the defaults. */
function servableOf(file: string): ServableConfig {
  const own = path.join(path.dirname(file), '..', servableFile);
  return existsSync(own) ? readServable(own) : defaultServable();
}

/** The engines of a server, of which TensorRT must be one. */
function enginesFor(use: string, { engines }: SystemInfo): readonly string[] {
  const chosen = serverEngines(use, engines).engines;
  if (chosen.includes('tensorrt')) return chosen;
  const tensorrt = engines.find(({ name }) => name === 'tensorrt');
  if (tensorrt?.available === true)
    throw new CommandFailure(
      `--embed: found engine ${use}, want auto or tensorrt: only TensorRT's engines are embedded`,
    );
  throw new CommandFailure(`--embed: TensorRT is not available: ${tensorrt?.why ?? 'not part of this build'}`);
}

/** One line for the file, one for each engine. */
export function embedText({ file, bytes, engines, engine_bytes, constant_bytes, nodes }: EmbedResult): string {
  const lines = nodes.map(({ node, rows, operators, precision, made, ...one }) => {
    const batch = rows === 0 ? '' : `batch ${rows}, `;
    return `${node}: ${batch}${operators} operators, engine ${one.engine_bytes} bytes, precision ${precision}, ${made}`;
  });
  const sizes = `${engines} ${engines === 1 ? 'engine' : 'engines'} of ${engine_bytes} bytes, weights of ${constant_bytes} bytes`;
  return [`${file}: ${bytes} bytes: ${sizes}`, ...lines].join('\n');
}
