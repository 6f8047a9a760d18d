// What a servable_config.mjs imports from 'mindird/servable':
//
//   const digits = declareModel();
//   registerMethod({
//     name: 'classify',
//     inputs: { image: { dtype: 'BYTES', shape: [1], description: 'a JPEG' } },
//     outputs: { label: { dtype: 'BYTES', shape: [1] } },
//     stages({ image }) {
//       const pixels = addStage(decode, image, { timeout: '1s' });
//       const scores = addStage(digits, pixels);
//       return { label: addStage(label, scores) };
//     },
//   });
//
// `stages` runs once, when the module is read, with values that stand for tensors: it says which stages there are, and runs none.

import {
  type FunctionStage,
  type MethodTensor,
  type ModelStage,
  type Source,
  type StagePlan,
  stageName,
} from './plan.ts';
import { type Options, type Recorder, shown } from './recorder.ts';
import { listedStages, listStages, recording } from './recording.ts';
import type { Tensor } from './tensor.ts';

export type { TensorType } from './plan.ts';
export { InvalidArgument, type Tensor, type TensorData, tensor } from './tensor.ts';

/** What a function stage is: tensors in, tensors out. */
export type StageFunction = (...args: never) => unknown;

/** Stands for a tensor while the stages of a method are listed. */
export class Value {
  readonly source: Source;

  constructor(source: Source) {
    this.source = source;
  }
}

/** What a stage gives: a value, or a list of them to be taken apart. */
export type Results = Value & readonly [Value, Value, Value, Value, Value, Value, Value, Value];

/** Stands for a model. */
export class Model {
  readonly index: number;
  /** What its stages are called. */
  readonly name: string;

  constructor(index: number, name: string) {
    this.index = index;
    this.name = name;
  }
}

/** An input or result of a method: sizes of -1 are open, a first one is that of samples. */
export interface TensorOptions {
  readonly dtype: Tensor['dtype'];
  readonly shape: readonly number[];
  readonly description?: string;
}

export interface MethodOptions<Input extends string = string, Output extends string = string> {
  readonly name: string;
  readonly description?: string;
  readonly inputs: Readonly<Record<Input, TensorOptions>>;
  readonly outputs: Readonly<Record<Output, TensorOptions>>;
  /** Lists the stages by addStage and returns a value for each output. */
  readonly stages: (inputs: Readonly<Record<Input, Value>>) => Readonly<Record<Output, Value>>;
}

export interface StageOptions {
  /** In metrics and errors; the function's own name, if it has none. */
  readonly name?: string;
  /** How many results it has: 1. */
  readonly outputs?: number;
  /** The function is ended after this: '5s'. */
  readonly timeout?: string;
  /** The function takes a list of up to so many calls, each the list of its arguments, and returns a list of their results. */
  readonly batchSize?: number;
}

export interface ModelOptions {
  /** Name of the model file in the version's folder, where it has several. */
  readonly file?: string;
  /** A model of another servable. */
  readonly servable?: string;
  /** Its version; without it the highest that is ready. */
  readonly version?: number;
}

export interface WorkerOptions {
  /** Processes that run the functions: 1. */
  readonly workers?: number;
  /** Most memory of a process's heap: '256MiB'. */
  readonly memory?: string;
  /** Calls of functions that may wait: 256. More are refused with OVERLOADED. */
  readonly maxQueue?: number;
}

const methodName = /^[A-Za-z_]\w{0,127}$/;
const servableName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const most = { models: 16, methods: 32, stages: 32, outputs: 64 };

/** How the functions are run; at most once. */
export function configure(options: WorkerOptions): void {
  const to = recording();
  const given = to.options(options, ['workers', 'memory', 'maxQueue'], 'configure');
  to.workers = to.integer(given, 'workers', 'configure', [1, 1, 64]);
  to.memory = to.size(given, 'memory', 'configure', to.memory);
  to.maxQueue = to.integer(given, 'maxQueue', 'configure', [1, 256, 100_000]);
}

/** Declares a model for stages: the servable's own, or that of another servable. */
export function declareModel(options?: ModelOptions): Model {
  const to = recording();
  const given = to.options(options, ['file', 'servable', 'version'], 'declareModel');
  const servable = to.text(given, 'servable', 'declareModel');
  const file = to.text(given, 'file', 'declareModel');
  const version = to.integer(given, 'version', 'declareModel', [1, 0, Number.MAX_SAFE_INTEGER]);
  if (servable !== '' && file !== '')
    to.problem('declareModel.file', 'found beside servable, want only one of the two');
  if (servable === '' && version !== 0) to.problem('declareModel.version', 'found without servable');
  if (servable !== '' && !servableName.test(servable)) to.problem('declareModel.servable', 'is no name of a servable');
  if (file !== '' && !/^[^/\\]+\.(mindir|mindplan)$/.test(file))
    to.problem('declareModel.file', `found ${shown(file)}, want the plain name of a .mindir or .mindplan file`);
  if (to.models.length >= most.models) to.problem('declareModel', `more than ${most.models} models`);
  to.models.push({
    servable: servable === '' ? null : servable,
    version: version === 0 ? '' : String(version),
    file: file === '' ? null : file,
  });
  return new Model(to.models.length - 1, servable || file.replace(/\.\w+$/, '') || 'model');
}

/** Registers a method. */
export function registerMethod<Input extends string, Output extends string>(
  options: MethodOptions<Input, Output>,
): void {
  const to = recording();
  const known = ['name', 'description', 'inputs', 'outputs', 'stages'];
  const given = to.options(options, known, 'registerMethod');
  const name = to.text(given, 'name', 'registerMethod');
  if (!methodName.test(name))
    return to.problem('registerMethod.name', `found ${shown(given['name'])}, want letters, digits and _`);
  if (to.methods.some((method) => method.name === name)) to.problem(name, 'is registered twice');
  if (to.methods.length >= most.methods) to.problem(name, `more than ${most.methods} methods`);
  const inputs = to.tensors(given['inputs'], `${name}.inputs`);
  const outputs = to.tensors(given['outputs'], `${name}.outputs`);
  const description = to.text(given, 'description', name);
  const list = given['stages'];
  if (typeof list !== 'function')
    return to.problem(`${name}.stages`, `found ${shown(list)}, want a function that lists the stages`);
  const own: StagePlan[] = [];
  const results = runStages(to, name, list as MethodOptions['stages'], inputs, outputs, own);
  to.methods.push({ name, description, inputs, outputs, stages: own, results });
}

function runStages(
  to: Recorder,
  name: string,
  list: MethodOptions['stages'],
  inputs: readonly MethodTensor[],
  outputs: readonly MethodTensor[],
  own: StagePlan[],
): Source[] {
  const values = inputs.map((input, output) => [input.name, new Value({ stage: -1, output })] as const);
  let results: unknown;
  try {
    results = listStages(own, () => list(Object.fromEntries(values)));
  } catch (caught) {
    to.problemOf(caught, `${name}.stages`, `failed: ${caught instanceof Error ? caught.message : String(caught)}`);
    return [];
  }
  const names = outputs.map((output) => output.name);
  const given = to.options(results ?? null, names, `${name}.stages`);
  return names.map((output) => {
    const value = given[output];
    if (value instanceof Value) return value.source;
    to.problem(`${name}.stages`, `returns no value for output ${output}`);
    return { stage: -1, output: 0 };
  });
}

/**
 * Adds a stage to the method whose `stages` is running: a model, or a function, with values as arguments and options last. Returns its result, or
 * the list of them where it has several.
 */
export function addStage(
  stage: Model | StageFunction,
  ...rest: readonly (Value | StageOptions | undefined)[]
): Results {
  const to = recording();
  const stages = listedStages();
  const last = rest.at(-1);
  const optioned = rest.length > 0 && (last === undefined || (typeof last === 'object' && !(last instanceof Value)));
  const isModel = stage instanceof Model;
  const known = isModel ? ['name', 'outputs'] : ['name', 'outputs', 'timeout', 'batchSize'];
  const options = to.options(optioned ? last : undefined, known, 'addStage');
  const args = (optioned ? rest.slice(0, -1) : rest).map((value, i) => {
    if (value instanceof Value) return value.source;
    to.problem('addStage', `argument ${i + 1} is ${shown(value)}, want an input of the method or a result of a stage`);
    return { stage: -1, output: 0 };
  });
  const outputs = to.integer(options, 'outputs', 'addStage', [1, 1, most.outputs]);
  if (!isModel && typeof stage !== 'function')
    to.problem('addStage', `found ${shown(stage)}, want a function or what declareModel returned`);
  if (stages.length >= most.stages) to.problem('addStage', `more than ${most.stages} stages`);
  const name = stageName(stages, to.text(options, 'name', 'addStage') || stage.name || 'stage');
  const at = stages.length;
  stages.push(
    isModel
      ? ({ kind: 'model', name, args, outputs, model: stage.index, samples: false } satisfies ModelStage)
      : functionStage(to, options, { name, args, outputs }, stage),
  );
  const values = Array.from({ length: outputs }, (_, output) => new Value({ stage: at, output }));
  return (outputs === 1 ? values[0] : values) as Results;
}

function functionStage(
  to: Recorder,
  options: Options,
  stage: Pick<FunctionStage, 'name' | 'args' | 'outputs'>,
  fn: StageFunction,
): FunctionStage {
  const timeoutMs = to.duration(options, 'timeout', 'addStage', 5000);
  const batchSize = to.integer(options, 'batchSize', 'addStage', [1, 0, 4096]);
  const before = to.functions.indexOf(fn);
  if (before < 0) to.functions.push(fn);
  return { kind: 'function', ...stage, fn: before < 0 ? to.functions.length - 1 : before, timeoutMs, batchSize };
}
