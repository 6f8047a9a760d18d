// `mindird bench`: load on one servable from this machine, with percentiles, throughput and the server's own stages.

import { writeFile } from 'node:fs/promises';
import type { Argv } from 'yargs';
import { InferenceClient } from './client/open-inference.ts';
import { addSecurity, type SecurityOptions } from './client/security.ts';
import { exitCode } from './command.ts';
import { type BenchResult, type Load, runBench } from './load/bench-run.ts';
import { benchText } from './load/bench-text.ts';
import { realClock } from './load/clock.ts';
import { RandomInputs } from './load/random-inputs.ts';
import { durationOption, positiveOption, rangeOption, shapeOptions } from './terminal/options.ts';
import { ProgressLine } from './terminal/progress.ts';

/** Arguments of the command after parsing. */
export interface BenchArguments extends SecurityOptions {
  readonly address: string;
  readonly model: string;
  readonly modelVersion: string;
  readonly load: Load;
  readonly warmUp: number;
  readonly seed: number;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly integers: readonly [number, number];
  readonly timeoutMs: number;
}

const connectMs = 10_000;
const defaultWarmUp = 10;

/** Adds the command. */
export const addBench = (program: Argv): Argv =>
  program.command(
    'bench <address> <model>',
    'measure latency and throughput of a servable',
    (y) =>
      addSecurity(y)
        .positional('address', { type: 'string', demandOption: true, describe: 'HOST:PORT or unix:PATH of the server' })
        .positional('model', { type: 'string', demandOption: true, describe: 'name of the servable' })
        .option('article', {
          type: 'boolean',
          describe: "the article's rule: skip 2 requests, average the next 10",
          conflicts: ['concurrency', 'rate'],
        })
        .option('concurrency', {
          type: 'number',
          describe: 'closed loop: requests kept in flight (default 1)',
          conflicts: 'rate',
          coerce: positiveOption('concurrency', true),
        })
        .option('rate', {
          type: 'number',
          describe: 'open loop: Poisson arrivals per second',
          coerce: positiveOption('rate', false),
        })
        .option('duration', {
          type: 'string',
          default: '10s',
          describe: 'length of the run',
          coerce: durationOption('duration'),
        })
        .option('requests', {
          type: 'number',
          describe: 'closed loop: end after this many requests',
          coerce: positiveOption('requests', true),
        })
        .option('warm-up', {
          type: 'number',
          default: defaultWarmUp,
          describe: 'requests sent before and not counted',
        })
        .option('model-version', {
          type: 'string',
          default: '',
          describe: 'version of the servable; empty = the highest ready one',
        })
        .option('shape', {
          type: 'string',
          array: true,
          nargs: 1,
          default: [],
          describe: 'INPUT=1,3,224,224 for an input with unknown sizes',
          coerce: shapeOptions,
        })
        .option('integers', {
          type: 'string',
          default: '0:1',
          describe: 'LOW:HIGH of random integer inputs',
          coerce: rangeOption('integers'),
        })
        .option('seed', { type: 'number', default: 1, describe: 'seed of inputs and arrivals' })
        .option('timeout', {
          type: 'string',
          default: '60s',
          describe: 'give a request up after this time',
          coerce: durationOption('timeout'),
        })
        .option('json', {
          type: 'string',
          describe: 'write the result to FILE as JSON; without FILE print JSON instead of text',
        }),
    async (argv) => {
      const result = await bench({ ...argv, load: chooseLoad(argv), shapes: argv.shape, timeoutMs: argv.timeout });
      await print(result, argv.json);
      if (result.failed > 0 || result.succeeded === 0 || (result.generator?.missed ?? 0) > 0)
        process.exitCode = exitCode.failed;
    },
  );

interface LoadChoice {
  readonly article: boolean | undefined;
  readonly rate: number | undefined;
  readonly concurrency: number | undefined;
  readonly requests: number | undefined;
  readonly duration: number;
  readonly seed: number;
}

function chooseLoad(choice: LoadChoice): Load {
  if (choice.article === true) return { kind: 'article' };
  if (choice.rate !== undefined)
    return { kind: 'open', rate: choice.rate, durationMs: choice.duration, seed: choice.seed };
  // With a number of requests the duration is only a bound.
  return {
    kind: 'closed',
    concurrency: choice.concurrency ?? 1,
    durationMs: choice.duration,
    requests: choice.requests ?? 0,
  };
}

/** Connects, runs the load and disconnects. */
export async function bench(args: BenchArguments): Promise<BenchResult> {
  const client = new InferenceClient(args.address, args);
  const line = new ProgressLine(process.stderr);
  try {
    await client.connect(connectMs);
    const signature = await client.signature(args.model, args.modelVersion);
    const { seed, integers, shapes, load, warmUp, timeoutMs } = args;
    const inputs = new RandomInputs(signature.inputs, { seed, integers, shapes });
    const progress = (share: number, done: number, failed: number) =>
      line.bar(share, `${done} answered, ${failed} failed`);
    return await runBench({ client, signature, inputs, load, warmUp, timeoutMs, clock: realClock, progress });
  } finally {
    line.clear();
    client.close();
  }
}

async function print(result: BenchResult, json: string | undefined): Promise<void> {
  const text = JSON.stringify(result, null, 2);
  if (json === '') {
    process.stdout.write(`${text}\n`);
    return;
  }
  if (json !== undefined) await writeFile(json, `${text}\n`);
  process.stdout.write(`${benchText(result)}\n`);
}
