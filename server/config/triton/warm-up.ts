// model_warmup of a config.pbtxt: requests that a version answers before it is ready, as they are described there.
//
//   model_warmup { name: "a" batch_size: 4 count: 2 inputs { key: "x" value { data_type: TYPE_FP32 dims: [3] random_data: true } } }

import type { TensorType } from '../servable-module/plan.ts';
import { tensorTypes } from '../servable-module/plan.ts';
import type { Node } from './model-config.ts';

/** Values of an input: all zero, made up, or the bytes of a file in the folder `warmup` of the servable. */
export type WarmUpData = 'zero' | 'random' | { readonly file: string };

export interface WarmUpInput {
  readonly name: string;
  readonly dtype: TensorType;
  /** Without the batch. */
  readonly shape: readonly number[];
  readonly data: WarmUpData;
}

export interface WarmUpSample {
  readonly name: string;
  /** Rows of the batch; 0 where the model has none. */
  readonly rows: number;
  /** How often it is run. */
  readonly count: number;
  readonly inputs: readonly WarmUpInput[];
}

/** Tells what is wrong at a place. */
export type Tell = (line: number, path: string, message: string) => void;

/** Most requests of a file, repetitions included. */
const mostRequests = 10_000;

/** The samples; what cannot be run is told. */
export function warmUpSamples(root: Node, problem: Tell): readonly WarmUpSample[] {
  const batch = root.one('max_batch_size')?.number ?? 0;
  const samples = root.all('model_warmup').map((node) => sampleOf(node, batch, problem));
  if (samples.reduce((sum, { count }) => sum + count, 0) > mostRequests)
    problem(root.one('model_warmup')?.line ?? 1, 'model_warmup', `asks for more than ${mostRequests} requests`);
  return samples;
}

function sampleOf(node: Node, most: number, problem: Tell): WarmUpSample {
  const rows = node.one('batch_size');
  const count = node.one('count');
  const wanted = rows?.number ?? 0;
  const limit = Math.max(1, most);
  if (rows !== undefined && (wanted < 0 || wanted > limit))
    problem(rows.line, 'model_warmup.batch_size', `found ${wanted}, want 1 to max_batch_size, ${limit}`);
  if (count !== undefined && count.number < 0)
    problem(count.line, 'model_warmup.count', `found ${count.number}, want 0 or more`);
  const inputs = node.all('inputs').flatMap((entry) => inputOf(entry, problem) ?? []);
  return {
    name: node.one('name')?.text ?? '',
    rows: most > 0 ? Math.max(1, wanted) : 0,
    count: Math.max(1, count?.number ?? 1),
    inputs,
  };
}

function inputOf(entry: Node, problem: Tell): WarmUpInput | undefined {
  const path = 'model_warmup.inputs';
  const [name, value] = [entry.one('key')?.text ?? '', entry.one('value')];
  const type = value?.one('data_type');
  const dtype = typeOf(type?.text ?? '');
  const dims = value?.all('dims') ?? [];
  const refuse = (message: string, line = entry.line): undefined => {
    problem(line, path, `input ${JSON.stringify(name)}: ${message}`);
    return undefined;
  };
  if (name === '' || value === undefined) return refuse('want a key and a value');
  if (dtype === undefined) return refuse(`data_type is ${type?.text ?? 'missing'}, want one of TYPE_BOOL to TYPE_BF16`);
  const open = dims.find((node) => node.number < 0);
  if (open !== undefined) return refuse(`dims have ${open.text}, want sizes of 0 or more`, open.line);
  const data = dataOf(value);
  if (data === undefined) return refuse('want one of zero_data, random_data and input_data_file');
  if (typeof data === 'object' && !isInside(data.file))
    return refuse(`input_data_file is ${JSON.stringify(data.file)}, want a file of the folder warmup`);
  return { name, dtype, shape: dims.map((node) => node.number), data };
}

function typeOf(text: string): TensorType | undefined {
  const name = text === 'TYPE_STRING' ? 'BYTES' : text.replace(/^TYPE_/, '');
  return text.startsWith('TYPE_') ? tensorTypes.find((known) => known === name) : undefined;
}

/** What of the three was given; undefined for none of them, and for several. */
function dataOf(value: Node): WarmUpData | undefined {
  const file = value.one('input_data_file');
  const given: WarmUpData[] = [
    ...(value.one('zero_data') === undefined ? [] : (['zero'] as const)),
    ...(value.one('random_data') === undefined ? [] : (['random'] as const)),
    ...(file === undefined ? [] : [{ file: file.text }]),
  ];
  return given.length === 1 ? given[0] : undefined;
}

function isInside(file: string): boolean {
  return file !== '' && !file.startsWith('/') && !file.includes('\0') && !file.split('/').includes('..');
}
