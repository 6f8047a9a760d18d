// `mindird build --embed`: one model as a plan file, with the engines of its TensorRT subgraphs inside.

import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { openCacheFolder } from '../../cache-folder.ts';
import { type ConfigInputs, loadConfig } from '../../config/load.ts';
import { servableOf } from '../../config/servable.ts';
import { configureOptions } from '../../model/configure.ts';
import { serverEngines } from '../../model/engines.ts';
import { reasonOf } from '../../model/fs-reason.ts';
import { loadOptions } from '../../model/served-version.ts';
import type { EmbedResult, LoadOptions, NativeAddon, Precision, SystemInfo } from '../../native/binding-types.ts';
import { projectVersion } from '../../util/version.ts';
import { orderedShapes } from '../compile-options.ts';
import { CommandFailure, UsageError } from '../failure.ts';
import { BuildEvents, followed } from './run.ts';

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

type EmbedAddon = Pick<NativeAddon, 'configure' | 'systemInfo' | 'inspect' | 'embed' | 'drainEvents'>;

/** What was written, and what went otherwise than one may have expected. */
export interface Embedded extends EmbedResult {
  readonly warnings: readonly string[];
}

/** Told where the build stands: "subgraph 1 of 2: …". */
export type EmbedProgress = (step: string, elapsedMs: number) => void;

/** Reads `1,2,4` into ascending batch sizes. */
export function bucketsOption(text: string): readonly number[] {
  if (!/^\d{1,9}(,\d{1,9})*$/.test(text)) throw new UsageError(`--buckets: found "${text}", want sizes like 1,2,4`);
  const sizes = [...new Set(text.split(',').map(Number))].sort((a, b) => a - b);
  if (sizes.includes(0)) throw new UsageError(`--buckets: found "${text}", want sizes of at least 1`);
  return sizes;
}

/**
 * Compiles the model with the engines a server of this configuration would use and writes the plan file, in the place of one that is there.
 * What would make that fail after minutes is looked at first.
 */
export async function embedModel(
  inputs: ConfigInputs,
  args: EmbedArguments,
  addon: EmbedAddon,
  progress: EmbedProgress = () => undefined,
): Promise<Embedded> {
  const { config } = loadConfig(inputs);
  const output = path.resolve(args.output);
  checkOutput(args.output, output);
  addon.configure(configureOptions(config));
  const engines = enginesFor(config.engine.use, addon.systemInfo());
  const file = path.resolve(args.model);
  const servable = servableOf(file);
  if (servable.model.precision === 'int8')
    throw new CommandFailure(
      `--embed: the servable of ${args.model} has model.precision int8; embed what mindird quantise makes of the model`,
    );
  const shapes = await orderedShapes({ ...args, engines }, addon);
  const { threads } = config.engine;
  const precision = config.engine.precision as Precision;
  const defaults = {
    engineBuild: 'block',
    threads,
    precision,
    cacheDir: openCacheFolder(config.cache.path).path,
    cacheMaxSize: config.cache.max_size,
  };
  const options: LoadOptions = {
    ...loadOptions(path.basename(file), file, servable, engines, defaults),
    ...(args.buckets.length === 0 ? {} : { buckets: args.buckets, maxBatch: args.buckets.at(-1) ?? 1 }),
  };
  const wanted = { output, creator: `mindird ${projectVersion()}`, bodies: args.bodies, shapes };
  const events = new BuildEvents();
  const text = await followed(addon, events, progress, () => addon.embed(options, wanted)).catch((caught: unknown) => {
    // That the file cannot be written is no fault of the program's, whatever the code says.
    if (caught instanceof Error && caught.message.startsWith(`${output}: `))
      throw new CommandFailure(`--embed ${caught.message}`);
    throw caught;
  });
  const result = JSON.parse(text) as EmbedResult;
  return { ...result, warnings: [...events.warnings, ...bucketWarnings(result, args.buckets)] };
}

/** Batch sizes that were asked for in vain, or may have been forgotten. */
function bucketWarnings({ nodes }: EmbedResult, asked: readonly number[]): readonly string[] {
  const rows = nodes.map((node) => node.rows);
  if (rows.every((count) => count === 0))
    return asked.length === 0 ? [] : ['--buckets: the model has no open batch size, they mean nothing'];
  return asked.length === 0 && rows.every((count) => count === 1)
    ? ['the only batch size is 1; --buckets 1,4,8 or batching.max_batch of its servable asks for others']
    : [];
}

/** A server recognises a plan file in a version folder by its name. */
function checkOutput(named: string, file: string): void {
  if (!file.endsWith('.mindplan')) throw new UsageError(`--embed: found "${named}", want a name ending in .mindplan`);
  const folder = path.dirname(file);
  let why = '';
  try {
    if (!statSync(folder).isDirectory()) why = 'its folder is none';
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) why = 'is a folder';
  } catch (caught) {
    why ||= `its folder: ${reasonOf(caught)}`;
  }
  if (why !== '') throw new CommandFailure(`--embed ${named}: ${why}`);
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

type EmbeddedNode = EmbedResult['nodes'][number];

const keyOf = ({ node, engine }: EmbeddedNode): string => `${node} ${engine}`;

/** The nodes of one engine: equal ones, one for each batch size it serves. */
function engineText(nodes: readonly EmbeddedNode[]): string {
  const [first] = nodes;
  if (first === undefined) return '';
  const batches = nodes.map(({ rows }) => rows).filter((rows) => rows > 0);
  const which = batches.length === 0 ? '' : `${batches.length === 1 ? 'batch' : 'batches'} ${batches.join(', ')}, `;
  const why = first.alone === '' ? '' : `, serves no other batch: ${first.alone}`;
  return `${first.node}: ${which}${first.operators} operators, engine ${first.engine_bytes} bytes, precision ${first.precision}, ${first.made}${why}`;
}

/** One line for the file, one for each engine, one for each warning. */
export function embedText(result: Embedded): string {
  const { file, bytes, engines, engine_bytes, constant_bytes, nodes, warnings } = result;
  const keys = [...new Set(nodes.map(keyOf))];
  const lines = keys.map((key) => engineText(nodes.filter((one) => keyOf(one) === key)));
  const sizes = `${engines} ${engines === 1 ? 'engine' : 'engines'} of ${engine_bytes} bytes, weights of ${constant_bytes} bytes`;
  const warned = warnings.map((text) => `warning: ${text}`);
  return [`${file}: ${bytes} bytes: ${sizes}`, ...lines, ...warned].join('\n');
}
