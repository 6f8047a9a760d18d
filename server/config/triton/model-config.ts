// The fields of Triton's ModelConfig, and reading a text of them: every field is known, or the nearest known one is named.

import { nearestPath } from '../nearest.ts';
import { ConfigError, type Problem } from '../problem.ts';
import { parseTextproto, type TextField, TextprotoError } from './textproto.ts';

/** `many` may be given more than once. */
type Field =
  | { readonly kind: 'text' | 'number' | 'truth' | 'word'; readonly many?: true }
  | { readonly kind: 'message'; readonly fields: Fields; readonly many?: true }
  /** A message whose fields are not looked at. */
  | { readonly kind: 'any'; readonly many?: true };

interface Fields {
  readonly [name: string]: Field;
}

const text = { kind: 'text' } as const;
const texts = { kind: 'text', many: true } as const;
const number = { kind: 'number' } as const;
const numbers = { kind: 'number', many: true } as const;
const truth = { kind: 'truth' } as const;
const word = { kind: 'word' } as const;
const any = { kind: 'any' } as const;
const anys = { kind: 'any', many: true } as const;
const message = (fields: Fields) => ({ kind: 'message', fields }) as const;
const messages = (fields: Fields) => ({ kind: 'message', fields, many: true }) as const;

const queuePolicy: Fields = {
  timeout_action: word,
  default_timeout_microseconds: number,
  allow_timeout_override: truth,
  max_queue_size: number,
};

const modelConfig: Fields = {
  name: text,
  platform: text,
  backend: text,
  runtime: text,
  version_policy: message({
    latest: message({ num_versions: number }),
    all: message({}),
    specific: message({ versions: numbers }),
  }),
  max_batch_size: number,
  input: messages({
    name: text,
    data_type: word,
    format: word,
    dims: numbers,
    reshape: any,
    is_shape_tensor: truth,
    allow_ragged_batch: truth,
    optional: truth,
    is_non_linear_format_io: truth,
  }),
  output: messages({
    name: text,
    data_type: word,
    dims: numbers,
    reshape: any,
    label_filename: text,
    is_shape_tensor: truth,
    is_non_linear_format_io: truth,
  }),
  batch_input: anys,
  batch_output: anys,
  optimization: any,
  dynamic_batching: message({
    preferred_batch_size: numbers,
    max_queue_delay_microseconds: number,
    preserve_ordering: truth,
    priority_levels: number,
    default_priority_level: number,
    default_queue_policy: message(queuePolicy),
    priority_queue_policy: messages({ key: number, value: message(queuePolicy) }),
  }),
  sequence_batching: any,
  ensemble_scheduling: message({
    step: messages({
      model_name: text,
      model_version: number,
      model_namespace: text,
      input_map: messages({ key: text, value: text }),
      output_map: messages({ key: text, value: text }),
    }),
  }),
  instance_group: messages({
    name: text,
    count: number,
    kind: word,
    gpus: numbers,
    secondary_devices: anys,
    profile: texts,
    passive: truth,
    rate_limiter: any,
    host_policy: text,
  }),
  default_model_filename: text,
  cc_model_filenames: anys,
  metric_tags: anys,
  parameters: messages({ key: text, value: message({ string_value: text }) }),
  model_warmup: messages({
    name: text,
    batch_size: number,
    count: number,
    inputs: messages({
      key: text,
      value: message({ data_type: word, dims: numbers, zero_data: truth, random_data: truth, input_data_file: text }),
    }),
  }),
  model_operations: any,
  model_transaction_policy: message({ decoupled: truth }),
  model_repository_agents: any,
  response_cache: message({ enable: truth }),
  model_metrics: any,
};

/** A field of the file with its value and what lies below it. */
export class Node {
  readonly line: number;
  /** Text of a scalar; '' for a message. */
  readonly text: string;
  readonly #children: ReadonlyMap<string, readonly Node[]>;

  constructor(line: number, value: string, children: ReadonlyMap<string, readonly Node[]>) {
    this.line = line;
    this.text = value;
    this.#children = children;
  }

  get number(): number {
    return Number(this.text);
  }

  get truth(): boolean {
    return this.text === 'true' || this.text === '1' || this.text === 't' || this.text === 'True';
  }

  one(name: string): Node | undefined {
    return this.#children.get(name)?.[0];
  }

  all(name: string): readonly Node[] {
    return this.#children.get(name) ?? [];
  }

  /** Names of the fields that are given. */
  get names(): Iterable<string> {
    return this.#children.keys();
  }
}

const forms: Readonly<Record<'number' | 'truth' | 'word', { readonly pattern: RegExp; readonly wanted: string }>> = {
  number: { pattern: /^-?(0|[1-9]\d{0,19})$/, wanted: 'a whole number' },
  truth: { pattern: /^(true|false|True|False|t|f|0|1)$/, wanted: 'true or false' },
  word: { pattern: /^[A-Z]\w*$/, wanted: 'the name of a value, in capitals' },
};

/** Reads the text of a config.pbtxt; throws ConfigError with everything that is wrong with it. */
export function readModelConfig(source: string, file: string): Node {
  const problems: Problem[] = [];
  const problem = (line: number, path: string, wrong: string): void => {
    problems.push({ source: file, line, path, message: wrong });
  };
  let fields: readonly TextField[] = [];
  try {
    fields = parseTextproto(source);
  } catch (caught) {
    if (!(caught instanceof TextprotoError)) throw caught;
    problem(caught.line, '', caught.message);
  }
  const root = new Node(1, '', nodesOf(fields, modelConfig, '', problem));
  if (problems.length > 0) throw new ConfigError(problems.slice(0, 20));
  return root;
}

type Tell = (line: number, path: string, wrong: string) => void;

function nodesOf(fields: readonly TextField[], known: Fields, at: string, problem: Tell): Map<string, Node[]> {
  const nodes = new Map<string, Node[]>();
  for (const field of fields) {
    const path = at === '' ? field.name : `${at}.${field.name}`;
    const spec = Object.hasOwn(known, field.name) ? known[field.name] : undefined;
    if (spec === undefined) {
      const near = nearestPath(field.name, Object.keys(known)) ?? 'none';
      problem(field.line, path, `unknown key, the nearest known one is ${near}`);
      continue;
    }
    const own = nodes.get(field.name) ?? [];
    if (own.length > 0 && spec.many !== true) problem(field.line, path, 'given twice');
    const node = nodeOf(field, spec, path, problem);
    if (node !== undefined) nodes.set(field.name, [...own, node]);
  }
  return nodes;
}

function nodeOf({ line, value }: TextField, spec: Field, path: string, problem: Tell): Node | undefined {
  if (spec.kind === 'any') return new Node(line, value.kind === 'message' ? '' : value.text, new Map());
  if (spec.kind === 'message') {
    if (value.kind === 'message') return new Node(line, '', nodesOf(value.fields, spec.fields, path, problem));
    problem(line, path, `found ${JSON.stringify(value.text)}, want a message in braces`);
    return undefined;
  }
  const form = spec.kind === 'text' ? undefined : forms[spec.kind];
  if (value.kind === (form === undefined ? 'string' : 'word') && (form?.pattern.test(value.text) ?? true))
    return new Node(line, value.text, new Map());
  const found = value.kind === 'message' ? 'a message' : JSON.stringify(value.text);
  problem(line, path, `found ${found}, want ${form?.wanted ?? 'text in quotes'}`);
  return undefined;
}
