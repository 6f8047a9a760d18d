// `mindird infer`: one request from NumPy files or an image, the reply into a NumPy file, and where the time went.

import { readFile, writeFile } from 'node:fs/promises';
import type { Argv } from 'yargs';
import type { NamedTensor } from '../inference/request.ts';
import { readNpz, writeNpz } from '../npz/npz.ts';
import { InferenceClient, type InferResult, type ModelSignature, messageOf } from './client/open-inference.ts';
import { addSecurity, type SecurityOptions } from './client/security.ts';
import { CommandFailure, UsageError } from './failure.ts';
import { bindInputs } from './tensor/bind-inputs.ts';
import { describeTensor, predictedClass, tensorJson } from './tensor/describe.ts';
import { pngInput } from './tensor/png-input.ts';
import { breakdownLines, breakdownTable } from './terminal/breakdown.ts';
import { durationOption } from './terminal/options.ts';

/** Arguments of the command. */
export interface InferArguments extends SecurityOptions {
  readonly address: string;
  readonly model: string;
  readonly inputs: string | undefined;
  readonly png: string | undefined;
  readonly output: string | undefined;
  readonly record?: string | undefined;
  readonly modelVersion: string;
  readonly timeoutMs: number;
  readonly json: boolean;
}

const connectMs = 10_000;

/** Adds the command. */
export const addInfer = (program: Argv): Argv =>
  program.command(
    'infer <address> <model>',
    'send one request from NumPy files or an image',
    (y) =>
      addSecurity(y)
        .positional('address', { type: 'string', demandOption: true, describe: 'HOST:PORT or unix:PATH of the server' })
        .positional('model', { type: 'string', demandOption: true, describe: 'name of the servable' })
        .option('inputs', {
          type: 'string',
          describe: '.npz file with input_0, input_1, … in graph order, or arrays by name',
        })
        .option('png', {
          type: 'string',
          describe: 'PNG image for a model with one image input (values / 255)',
          conflicts: 'inputs',
        })
        .option('output', { type: 'string', describe: '.npz file to write the outputs to, by name' })
        .option('record', {
          type: 'string',
          describe: 'file to write the request to, as a version runs it before it is ready (VERSION/warmup/NAME.pb)',
        })
        .option('model-version', {
          type: 'string',
          default: '',
          describe: 'version of the servable; empty = the highest ready one',
        })
        .option('timeout', {
          type: 'string',
          default: '60s',
          describe: 'give up after this time',
          coerce: durationOption('timeout'),
        })
        .option('json', { type: 'boolean', default: false, describe: 'print JSON' })
        .check((argv) => {
          if (argv.inputs === undefined && argv.png === undefined)
            throw new UsageError('infer: want --inputs FILE.npz or --png FILE');
          return true;
        }),
    async (argv) => {
      const text = await runInfer({
        ...argv,
        inputs: argv.inputs,
        png: argv.png,
        output: argv.output,
        record: argv.record,
        timeoutMs: argv.timeout,
      });
      process.stdout.write(`${text}\n`);
    },
  );

/** Sends the request and returns what the command prints. */
export async function runInfer(args: InferArguments): Promise<string> {
  const client = new InferenceClient(args.address, args);
  try {
    await client.connect(connectMs);
    const signature = await client.signature(args.model, args.modelVersion);
    const inputs = await loadInputs(args, signature);
    const { model, modelVersion: version, timeoutMs } = args;
    if (args.record !== undefined) await writeFile(args.record, messageOf({ model, version, inputs }));
    const result = await client.infer({ model, version, inputs, timeoutMs });
    if (args.output !== undefined)
      await writeNpz(args.output, new Map(result.outputs.map((tensor) => [tensor.name, tensor])));
    return args.json ? JSON.stringify(inferJson(result), null, 2) : inferText(result, args.png !== undefined);
  } finally {
    client.close();
  }
}

async function loadInputs(args: InferArguments, signature: ModelSignature): Promise<NamedTensor[]> {
  if (args.png !== undefined) return [pngInput(signature.inputs, await readFile(args.png), args.png)];
  if (args.inputs === undefined) throw new CommandFailure('infer: no inputs given');
  return bindInputs(signature.inputs, await readNpz(args.inputs), args.inputs);
}

function inferJson(result: InferResult): object {
  const predicted = predictedClass(result.outputs[0]);
  return {
    model: result.model,
    version: result.version,
    ...(predicted === undefined ? {} : { predicted_class: predicted }),
    outputs: result.outputs.map(tensorJson),
    response_ms: result.responseMs,
    breakdown: breakdownLines(result.responseMs, result.times),
  };
}

function inferText(result: InferResult, image: boolean): string {
  const predicted = image ? predictedClass(result.outputs[0]) : undefined;
  return [
    `${result.model}/${result.version}`,
    ...result.outputs.map(describeTensor),
    ...(predicted === undefined ? [] : ['', `predicted class: ${predicted}`]),
    '',
    breakdownTable(result.responseMs, result.times),
  ].join('\n');
}
