// servable_config.py, the file of a MindSpore Serving servable, read as data: which models it declares, which methods are nothing but a stage of
// the first, and which are chains of models and of functions that are NumPy on their arguments (chain.ts). A method with a stage that is any other
// Python function is not available, with its place; it does not hinder the others.
//
//   model = register.declare_model(model_file="add.mindir", model_format="MindIR", with_batch_dim=False)      1.3 and later
//   register.declare_servable(servable_file="add.mindir", model_format="MindIR")                              1.1 and 1.2
//
//   @register.register_method(output_names=["y"])
//   def add_common(x1, x2):
//       y = register.add_stage(model, x1, x2, outputs_count=1)        or   y = register.call_servable(x1, x2)
//       return y

import type { NumpyFunction } from '../numpy/expression.ts';
import { type NotUnderstood, readNumpyFunctions } from '../numpy/read.ts';
import { ConfigError } from '../problem.ts';
import { parseServable, pythonFile } from '../servable.ts';
import type { ServableConfig } from '../servable-fields.ts';
import type { MethodPlan, ModulePlan } from '../servable-module/plan.ts';
import { readConfigText } from '../yaml.ts';
import { readChain } from './chain.ts';
import { Refused } from './refused.ts';
import { type Call, type Expression, parsePython, type Statement } from './syntax.ts';

type FunctionStatement = Extract<Statement, { kind: 'function' }>;

interface Model {
  /** The variable that stands for it; '' for declare_servable, whose stages name none. */
  readonly variable: string;
  readonly file: string;
  readonly precision: string | undefined;
  readonly batchDim: boolean;
  readonly line: number;
}

/** Reads a servable_config.py; throws ConfigError. */
export function readPythonServable(file: string): ServableConfig {
  return parsePythonServable(readConfigText(file), file);
}

/** The configuration that the text of a servable_config.py comes to; throws ConfigError. */
export function parsePythonServable(text: string, file: string): ServableConfig {
  const problem = (line: number, message: string): ConfigError =>
    new ConfigError([{ source: file, line, path: '', message }]);
  const { statements, errorLine } = parsePython(text);
  if (errorLine > 0) throw problem(errorLine, 'is not Python');
  try {
    const models = findModels(statements);
    const [model] = models;
    const { methods, chains, refused } = readMethods(statements, models, readNumpyFunctions(text));
    if (model === undefined && chains.length === 0) throw noModel(refused[0]);
    const config = parseServable('', file);
    return {
      ...config,
      ...(chains.length === 0 ? {} : { chains: planOf(models, chains) }),
      model: {
        ...config.model,
        model_file: model?.file ?? null,
        precision: model?.precision ?? config.model.precision,
      },
      mindspore_serving: {
        ...config.mindspore_serving,
        methods,
        refused,
        batch_dim: model?.batchDim === false ? 'no' : 'yes',
      },
    } as ServableConfig;
  } catch (caught) {
    if (caught instanceof Refused) throw problem(caught.line, caught.message);
    throw caught;
  }
}

/** Neither a model nor a method that does without one. */
function noModel(refused: string | undefined): Refused {
  const why = refused === undefined ? '' : `; the method ${refused}`;
  return new Refused(1, `declares no model, want register.declare_model(model_file="NAME.mindir", …)${why}`);
}

const isRegister = ({ of }: Call): boolean => of === 'register';

function planOf(models: readonly Model[], methods: readonly MethodPlan[]): ModulePlan {
  return {
    file: '',
    sources: [],
    workers: 1,
    memory: 0,
    maxQueue: 0,
    functions: 0,
    models: models.map((model) => ({ servable: null, version: '', file: model.file })),
    methods,
  };
}

/** The models in the order in which they are declared; the first is the servable's. A servable of functions has none. */
function findModels(statements: readonly Statement[]): readonly Model[] {
  const found: Model[] = [];
  const precisions = new Map<string, string>();
  for (const statement of statements) {
    refuseDistributed(statement);
    if (statement.kind === 'call') {
      notePrecision(statement.call, precisions);
      if (isRegister(statement.call) && ['declare_servable', 'declare_model'].includes(statement.call.name))
        found.push(declared(statement.call, '', precisions));
    } else if (statement.kind === 'assign') noteOptions(statement.targets, statement.value, precisions);
    if (statement.kind === 'assign' && statement.value.kind === 'call' && isRegister(statement.value)) {
      if (statement.value.name === 'declare_model' || statement.value.name === 'declare_servable')
        found.push(declared(statement.value, statement.targets[0] ?? '', precisions));
    }
  }
  const [model, ...others] = found;
  for (const other of others)
    if (other.precision !== model?.precision)
      throw new Refused(other.line, 'declares a model of another precision than the first, want one for all');
  return found;
}

function refuseDistributed(statement: Statement): void {
  const { kind } = statement;
  const call = kind === 'call' ? statement.call : kind === 'assign' ? statement.value : undefined;
  if (call?.kind === 'call' && call.of === 'distributed' && call.name.startsWith('declare_'))
    throw new Refused(call.line, `${call.name}: models that are spread over several machines are not served`);
}

/** `context.append_device_info(register.GPUDeviceInfo(precision_mode="fp16"))`. */
function notePrecision(call: Call, precisions: Map<string, string>): void {
  const [info] = call.args;
  if (call.name !== 'append_device_info' || info === undefined) return;
  const mode = optionsPrecision(info, precisions);
  if (mode !== undefined) precisions.set(call.of, mode);
}

/** `options = register.GpuOptions(precision_mode="fp16")`, to be named later. */
function noteOptions(targets: readonly string[], value: Expression, precisions: Map<string, string>): void {
  const [target] = targets;
  if (target === undefined || !['call', 'dict'].includes(value.kind)) return;
  const mode = optionsPrecision(value, precisions);
  if (mode !== undefined) precisions.set(target, mode);
}

/** The precision that options, written out or named, ask for; undefined where they ask for none. */
function optionsPrecision(options: Expression, precisions: ReadonlyMap<string, string>): string | undefined {
  if (options.kind === 'call') return precisionOf(options);
  if (options.kind === 'name') return precisions.get(options.name);
  if (options.kind !== 'dict') return undefined;
  const mode = options.entries.get('precision_mode');
  return mode === undefined ? undefined : modeOf(mode);
}

function precisionOf(call: Call): string | undefined {
  if (!['GPUDeviceInfo', 'CPUDeviceInfo', 'GpuOptions'].includes(call.name)) return undefined;
  const mode = call.named.get('precision_mode');
  return mode === undefined ? undefined : modeOf(mode);
}

function modeOf(mode: Expression): string {
  if (mode.kind === 'text' && (mode.value === 'fp16' || mode.value === 'origin')) return mode.value;
  throw new Refused(mode.line, 'precision_mode: want "origin" or "fp16"');
}

/** What is not understood may change what is computed. */
function onlyKnown(call: Call, known: readonly string[]): void {
  for (const [name, value] of call.named)
    if (!known.includes(name)) throw new Refused(value.line, `${call.name}: ${name} is not understood`);
}

const declaration = ['model_file', 'servable_file', 'model_format', 'with_batch_dim', 'options', 'context'];

function declared(call: Call, variable: string, precisions: ReadonlyMap<string, string>): Model {
  const file = literalFile(call.named.get('model_file') ?? call.named.get('servable_file') ?? call.args[0], call.line);
  onlyKnown(call, declaration);
  const format = call.named.get('model_format') ?? call.args[1];
  if (format !== undefined && !(format.kind === 'text' && /^mindir(_opt)?$/i.test(format.value)))
    throw new Refused(format.line, 'model_format: want "MindIR"');
  const options = call.named.get('options');
  const context = call.named.get('context');
  if (options?.kind === 'dict') knownOptions(options.entries);
  const given = options ?? context;
  const precision = given === undefined ? undefined : optionsPrecision(given, precisions);
  const batch = call.named.get('with_batch_dim');
  if (batch !== undefined && batch.kind !== 'truth')
    throw new Refused(batch.line, 'with_batch_dim: want True or False');
  return { variable, file, precision, batchDim: batch?.value ?? true, line: call.line };
}

/** Of a device that is not here, or asking for TensorRT, which is used where it is. */
const withoutMeaning =
  /^(acl_option\b.*|enable_trt_infer|op_select_impl_mode|insert_op_cfg_path|input_format|input_shape|output_type|buffer_optimize_mode)$/;

function knownOptions(entries: ReadonlyMap<string, Expression>): void {
  for (const [name, { line }] of entries)
    if (name !== 'precision_mode' && !withoutMeaning.test(name))
      throw new Refused(line, `options: ${JSON.stringify(name)} is not understood`);
}

function literalFile(value: Expression | undefined, line: number): string {
  const one = value?.kind === 'list' && value.items.length === 1 ? value.items[0] : value;
  if (one?.kind !== 'text')
    throw new Refused(value?.line ?? line, 'model_file: want the name of one file, written out');
  if (!/^[^/\\]+\.mindir$/.test(one.value))
    throw new Refused(
      one.line,
      `model_file: found ${JSON.stringify(one.value)}, want the plain name of a .mindir file`,
    );
  return one.value;
}

interface Methods {
  /** As the configuration writes them. */
  readonly methods: readonly string[];
  readonly chains: readonly MethodPlan[];
  /** NAME: reason */
  readonly refused: readonly string[];
}

function readMethods(
  statements: readonly Statement[],
  models: readonly Model[],
  functions: ReadonlyMap<string, NumpyFunction | NotUnderstood>,
): Methods {
  const methods: string[] = [];
  const chains: MethodPlan[] = [];
  const refused: string[] = [];
  for (const statement of statements) {
    if (statement.kind !== 'function') continue;
    const decorator = statement.decorators.find((call) => isRegister(call) && call.name === 'register_method');
    if (decorator === undefined) continue;
    try {
      if (statement.parameters === undefined) throw new Refused(statement.line, 'parameters: want plain names');
      const names = outputNames(decorator);
      checkStages(statement);
      const plain = models[0] && plainMethod(statement, names, models[0]);
      if (plain === undefined) chains.push(readChain(statement, names, { models, functions }));
      else methods.push(plain);
    } catch (caught) {
      if (!(caught instanceof Refused)) throw caught;
      refused.push(`${statement.name}: ${pythonFile}:${caught.line}: ${caught.message}`);
    }
  }
  return { methods, chains, refused };
}

/** What is not understood of a stage may change what is computed. */
function checkStages({ body }: FunctionStatement): void {
  for (const statement of body)
    for (const value of statement.kind === 'assign'
      ? [statement.value]
      : statement.kind === 'return'
        ? statement.values
        : [])
      if (value.kind === 'call') onlyKnown(value, ['outputs_count', 'batch_size', 'tag']);
}

/** The text of a method that is one stage of the servable's model; undefined for any other. */
function plainMethod(method: FunctionStatement, names: readonly string[], model: Model): string | undefined {
  const body = method.body.filter(({ kind }) => kind !== 'nothing');
  const [stage, back, ...more] = body;
  if (more.length > 0 || stage?.kind !== 'assign' || stage.value.kind !== 'call' || back?.kind !== 'return')
    return undefined;
  const args = modelArguments(stage.value, model);
  const inputs = args?.map((argument) => (argument.kind === 'name' ? argument.name : ''));
  if (inputs === undefined || !inputs.every((input) => method.parameters?.includes(input))) return undefined;
  if (new Set(inputs).size !== inputs.length) return undefined;
  if (back.values.length !== names.length)
    throw new Refused(back.line, `returns ${back.values.length} results, output_names has ${names.length}`);
  const place = new Map<string, string>();
  back.values.forEach((value, i) => {
    if (value.kind === 'name') place.set(value.name, names[i] ?? '');
  });
  if (place.size !== names.length || ![...place.keys()].every((name) => stage.targets.includes(name))) return undefined;
  const outputs = stage.targets.map((target) => place.get(target) ?? '_');
  return `${method.name}(${inputs.join(', ')}) -> (${outputs.join(', ')})`;
}

/** The arguments of a stage of the model; undefined for any other stage. */
function modelArguments(call: Call, model: Model): readonly Expression[] | undefined {
  if (!isRegister(call)) return undefined;
  if (call.name === 'call_servable') return model.variable === '' ? call.args : undefined;
  const [first, ...args] = call.args;
  const isOwn = call.name === 'add_stage' && first?.kind === 'name' && first.name === model.variable;
  return isOwn ? args : undefined;
}

function outputNames(decorator: Call): string[] {
  const given = decorator.named.get('output_names') ?? decorator.args[0];
  const items = given?.kind === 'list' ? given.items : given === undefined ? [] : [given];
  if (items.length === 0) throw new Refused(decorator.line, 'register_method: want output_names');
  return items.map((item) => {
    if (item.kind === 'text') return item.value;
    throw new Refused(item.line, 'output_names: want names, written out');
  });
}
