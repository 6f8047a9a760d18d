// A method of a servable_config.py as a chain of stages: models, and functions that are NumPy on their arguments (config/numpy). An instance is a
// sample, and nothing is said of its tensors' types and shapes: the stages take what they can.

import type { NumpyFunction } from '../numpy/expression.ts';
import type { NotUnderstood } from '../numpy/read.ts';
import { type MethodPlan, type Source, type StagePlan, stageName } from '../servable-module/plan.ts';
import { Refused } from './refused.ts';
import type { Call, Expression, Statement } from './syntax.ts';

export interface ChainModel {
  /** The variable that stands for it; '' for declare_servable, whose stages name none. */
  readonly variable: string;
  /** Instances are samples. */
  readonly batchDim: boolean;
}

export interface ChainParts {
  readonly models: readonly ChainModel[];
  readonly functions: ReadonlyMap<string, NumpyFunction | NotUnderstood>;
}

type FunctionStatement = Extract<Statement, { kind: 'function' }>;

/** Reads a method; throws Refused. */
export function readChain(method: FunctionStatement, outputNames: readonly string[], parts: ChainParts): MethodPlan {
  const parameters = method.parameters ?? [];
  const names = new Map(parameters.map((name, output): [string, Source] => [name, { stage: -1, output }]));
  const stages: StagePlan[] = [];
  const sourceOf = (value: Expression): Source => {
    const found = value.kind === 'name' ? names.get(value.name) : undefined;
    if (found === undefined)
      throw new Refused(value.line, 'a value is neither an argument of the method nor a result of a stage');
    return found;
  };
  let results: readonly Source[] | undefined;
  for (const statement of method.body) {
    if (statement.kind === 'nothing') continue;
    if (results !== undefined) throw new Refused(statement.line, 'follows the return');
    const [returned, ...others] = statement.kind === 'return' ? statement.values : [];
    if (returned?.kind === 'call' && others.length === 0) {
      const { first, args } = stageCall(returned);
      const stage = { args: args.map(sourceOf), outputs: outputNames.length };
      stages.push(stagePlan(returned, first, stage, stages, parts));
      results = outputNames.map((_, output) => ({ stage: stages.length - 1, output }));
      continue;
    }
    if (statement.kind === 'return') {
      if (statement.values.length !== outputNames.length)
        throw new Refused(
          statement.line,
          `returns ${statement.values.length} results, output_names has ${outputNames.length}`,
        );
      results = statement.values.map(sourceOf);
      continue;
    }
    if (statement.kind !== 'assign' || statement.value.kind !== 'call')
      throw new Refused(statement.line, 'is neither a stage nor a return');
    const { targets, value: call } = statement;
    const { first, args } = stageCall(call);
    const stage = { args: args.map(sourceOf), outputs: targets.length };
    stages.push(stagePlan(call, first, stage, stages, parts));
    targets.forEach((target, output) => names.set(target, { stage: stages.length - 1, output }));
  }
  if (results === undefined) throw new Refused(method.line, 'returns nothing');
  const untold = (name: string) => ({ name, dtype: null, shape: null, description: '' });
  return {
    name: method.name,
    description: '',
    inputs: parameters.map(untold),
    outputs: outputNames.map(untold),
    stages,
    results,
  };
}

/** What a stage runs, undefined for the one model of old files, and its arguments. */
function stageCall(call: Call): { readonly first: Expression | undefined; readonly args: readonly Expression[] } {
  const { name, of, args, line } = call;
  if (of === 'register' && name === 'call_servable') return { first: undefined, args };
  if (of === 'register' && (name === 'add_stage' || /^call_(pre|post)process(_pipeline)?$/.test(name)))
    return { first: args[0], args: args.slice(1) };
  throw new Refused(line, 'is neither a stage nor a return');
}

/** Whether the function of a stage is given one instance or many; in the oldest form its own form tells. */
function instancesOf({ name, named }: Call): 'one' | 'many' | 'either' {
  if (named.has('batch_size') || name.endsWith('_pipeline')) return 'many';
  return name === 'add_stage' ? 'one' : 'either';
}

function stagePlan(
  call: Call,
  first: Expression | undefined,
  stage: { readonly args: readonly Source[]; readonly outputs: number },
  before: readonly StagePlan[],
  { models, functions }: ChainParts,
): StagePlan {
  const variable = first === undefined ? '' : first.kind === 'name' ? first.name : undefined;
  if (variable === undefined) throw new Refused(call.line, 'a stage is no name of a model or a function');
  const place = models.findIndex((model) => model.variable === variable);
  if (place >= 0) {
    const samples = models[place]?.batchDim ?? true;
    return { kind: 'model', name: stageName(before, variable || 'model'), ...stage, model: place, samples };
  }
  if (variable === '') throw new Refused(call.line, 'call_servable without register.declare_servable');
  const fn = functions.get(variable);
  const refuse = (why: string): never => {
    const help = 'do its work in the client, or in a servable_config.mjs';
    throw new Refused(call.line, `the stage ${variable} is a Python function, which is not run (${why}): ${help}`);
  };
  if (fn === undefined) return refuse('it is not defined in this file');
  if ('message' in fn) return refuse(`line ${fn.line}: ${fn.message}`);
  const isGiven = instancesOf(call);
  if (fn.overInstances === true && isGiven === 'one') return refuse('it loops over instances and is given one');
  if (fn.overInstances !== true && isGiven === 'many')
    return refuse('it is given lists of instances, and is no loop over them with a yield');
  if (fn.parameters.length !== stage.args.length)
    return refuse(`it has ${fn.parameters.length} parameters and is given ${stage.args.length}`);
  if (fn.results.length !== stage.outputs)
    return refuse(`it returns ${fn.results.length} results for ${stage.outputs} names`);
  return { kind: 'numpy', name: stageName(before, variable), ...stage, fn };
}
