// servable_config.py, the file of a MindSpore Serving servable, read as data: which model it declares, and which methods are nothing but a
// stage of that model. A method with a stage that is a Python function is not available, with its place; it does not hinder the others.
//
//   model = register.declare_model(model_file="add.mindir", model_format="MindIR", with_batch_dim=False)      1.3 and later
//   register.declare_servable(servable_file="add.mindir", model_format="MindIR")                              1.1 and 1.2
//
//   @register.register_method(output_names=["y"])
//   def add_common(x1, x2):
//       y = register.add_stage(model, x1, x2, outputs_count=1)        or   y = register.call_servable(x1, x2)
//       return y

import { ConfigError } from '../problem.ts';
import { parseServable, pythonFile } from '../servable.ts';
import type { ServableConfig } from '../servable-fields.ts';
import { readConfigText } from '../yaml.ts';
import { type Call, type Expression, parsePython, type Statement } from './syntax.ts';

type FunctionStatement = Extract<Statement, { kind: 'function' }>;

interface Model {
  /** The variable that stands for it; '' for declare_servable, whose stages name none. */
  readonly variable: string;
  readonly file: string;
  readonly precision: string | undefined;
  readonly batchDim: boolean;
}

/** A reason with its line. */
class Refused extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
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
    const model = findModel(statements);
    const { methods, refused } = readMethods(statements, model);
    const config = parseServable('', file);
    return {
      ...config,
      model: { ...config.model, model_file: model.file, precision: model.precision ?? config.model.precision },
      mindspore_serving: {
        ...config.mindspore_serving,
        methods,
        refused,
        batch_dim: model.batchDim ? 'yes' : 'no',
      },
    } as ServableConfig;
  } catch (caught) {
    if (caught instanceof Refused) throw problem(caught.line, caught.message);
    throw caught;
  }
}

const isRegister = ({ of }: Call): boolean => of === 'register';

function findModel(statements: readonly Statement[]): Model {
  const found: Model[] = [];
  const precisions = new Map<string, string>();
  for (const statement of statements) {
    if (statement.kind === 'call') {
      notePrecision(statement.call, precisions);
      if (isRegister(statement.call) && ['declare_servable', 'declare_model'].includes(statement.call.name))
        found.push(declared(statement.call, '', precisions));
    } else if (statement.kind === 'assign' && statement.value.kind === 'call' && isRegister(statement.value)) {
      if (statement.value.name === 'declare_model' || statement.value.name === 'declare_servable')
        found.push(declared(statement.value, statement.targets[0] ?? '', precisions));
    }
  }
  const [model, another] = found;
  if (model === undefined)
    throw new Refused(1, 'declares no model, want register.declare_model(model_file="NAME.mindir", …)');
  if (another !== undefined) throw new Refused(1, `declares ${found.length} models, one of them can be served`);
  return model;
}

/** `context.append_device_info(register.GPUDeviceInfo(precision_mode="fp16"))`. */
function notePrecision(call: Call, precisions: Map<string, string>): void {
  const [info] = call.args;
  if (call.name !== 'append_device_info' || info?.kind !== 'call') return;
  const mode = precisionOf(info);
  if (mode !== undefined) precisions.set(call.of, mode);
}

function precisionOf(call: Call): string | undefined {
  if (!['GPUDeviceInfo', 'CPUDeviceInfo', 'GpuOptions'].includes(call.name)) return undefined;
  const mode = call.named.get('precision_mode');
  if (mode === undefined) return undefined;
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
  const precision =
    options?.kind === 'call'
      ? precisionOf(options)
      : context?.kind === 'name'
        ? precisions.get(context.name)
        : undefined;
  const batch = call.named.get('with_batch_dim');
  if (batch !== undefined && batch.kind !== 'truth')
    throw new Refused(batch.line, 'with_batch_dim: want True or False');
  return { variable, file, precision, batchDim: batch?.value ?? true };
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

/** Methods as the configuration writes them, and NAME: reason for those that are refused. */
function readMethods(statements: readonly Statement[], model: Model): { methods: string[]; refused: string[] } {
  const methods: string[] = [];
  const refused: string[] = [];
  for (const statement of statements) {
    if (statement.kind !== 'function') continue;
    const decorator = statement.decorators.find((call) => isRegister(call) && call.name === 'register_method');
    if (decorator === undefined) continue;
    try {
      methods.push(readMethod(statement, decorator, model));
    } catch (caught) {
      if (!(caught instanceof Refused)) throw caught;
      refused.push(`${statement.name}: ${pythonFile}:${caught.line}: ${caught.message}`);
    }
  }
  return { methods, refused };
}

function readMethod(method: FunctionStatement, decorator: Call, model: Model): string {
  const names = outputNames(decorator);
  if (method.parameters === undefined) throw new Refused(method.line, 'parameters: want plain names');
  const stages = method.body.flatMap((statement) => stageOf(statement, model));
  const [stage, another] = stages;
  if (stage === undefined) throw new Refused(method.line, 'has no stage that is the model');
  if (another !== undefined) throw new Refused(another.line, 'a second stage of the model cannot be served');
  const inputs = stage.args.map((argument) => {
    if (argument.kind === 'name' && method.parameters?.includes(argument.name)) return argument.name;
    throw new Refused(argument.line, 'an argument of the stage is no parameter of the method');
  });
  return `${method.name}(${inputs.join(', ')}) -> (${returned(method, stage, names).join(', ')})`;
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

interface Stage {
  readonly targets: readonly string[];
  readonly args: readonly Expression[];
  readonly line: number;
}

/** The stage of a statement of a method's body; a stage that is no model, and a statement that is no stage, are refused. */
function stageOf(statement: Statement, model: Model): Stage[] {
  if (statement.kind === 'return' || statement.kind === 'nothing') return [];
  if (statement.kind !== 'assign' || statement.value.kind !== 'call')
    throw new Refused(statement.line, 'is neither a stage nor a return');
  const { value: call, targets } = statement;
  onlyKnown(call, ['outputs_count', 'batch_size', 'tag']);
  if (isRegister(call) && call.name === 'call_servable') return [{ targets, args: call.args, line: call.line }];
  if (isRegister(call) && call.name === 'add_stage') {
    const [first, ...args] = call.args;
    if (first?.kind === 'name' && first.name === model.variable) return [{ targets, args, line: call.line }];
    const what = first?.kind === 'name' ? ` ${first.name}` : '';
    throw new Refused(call.line, `the stage${what} is a Python function, which is not run: do its work in the client`);
  }
  if (isRegister(call) && /^call_(pre|post)process/.test(call.name))
    throw new Refused(call.line, `${call.name} is a Python function, which is not run: do its work in the client`);
  throw new Refused(call.line, 'is neither a stage nor a return');
}

/** The result names in the order of the model's outputs; _ for an output that is not returned. */
function returned(method: FunctionStatement, stage: Stage, names: readonly string[]): string[] {
  const back = method.body.find((statement) => statement.kind === 'return');
  if (back?.kind !== 'return') throw new Refused(method.line, 'returns nothing');
  if (back.values.length !== names.length)
    throw new Refused(back.line, `returns ${back.values.length} results, output_names has ${names.length}`);
  const place = new Map<string, string>();
  back.values.forEach((value, index) => {
    if (value.kind !== 'name' || !stage.targets.includes(value.name))
      throw new Refused(value.line, 'a result is no output of the stage');
    place.set(value.name, names[index] ?? '');
  });
  return stage.targets.map((target) => place.get(target) ?? '_');
}
