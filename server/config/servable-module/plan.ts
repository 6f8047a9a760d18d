// What a servable_config.mjs comes to, as plain data: its models, and its methods as chains of stages.
//
//   method(inputs) ─► stage 0 ─► stage 1 ─► … ─► results
//                      each argument is an input of the method (stage -1) or an output of a stage before

import { type ElementType, elementNames } from '../../util/element-types.ts';
import type { NumpyFunction } from '../numpy/expression.ts';

/** Name of the file in a servable's folder. */
export const moduleFile = 'servable_config.mjs';

/** Element types of a method's tensors: those of models, and BYTES (byte strings). */
export type TensorType = ElementType | 'BYTES';

export const tensorTypes: readonly TensorType[] = [...elementNames, 'BYTES'];

/** An input or result of a method; a size of -1 is open, and null is what nothing is said of. */
export interface MethodTensor {
  readonly name: string;
  readonly dtype: TensorType | null;
  readonly shape: readonly number[] | null;
  readonly description: string;
}

/** Where an argument comes from; stage -1 is the method's own input. */
export interface Source {
  readonly stage: number;
  readonly output: number;
}

interface Stage {
  readonly name: string;
  readonly args: readonly Source[];
  /** How many results it has. */
  readonly outputs: number;
}

/** A function of the servable's module, run in a process of its own. */
export interface FunctionStage extends Stage {
  readonly kind: 'function';
  /** Its place among the functions of the module. */
  readonly fn: number;
  /** It is ended after so many milliseconds. */
  readonly timeoutMs: number;
  /** Calls it takes together; 0: one at a time, without a list. */
  readonly batchSize: number;
}

/** A model; it takes its inputs in the order of its signature, and gives its outputs so, unless the stage has names for them. */
export interface ModelStage extends Stage {
  readonly kind: 'model';
  /** Its place among the models of the plan. */
  readonly model: number;
  /** What it is given and gives are samples, which lack the first dimension of the model's tensors. */
  readonly samples: boolean;
  /** Names of the model's inputs that the arguments are for, and of the outputs that are its results. */
  readonly names?: { readonly inputs: readonly string[]; readonly outputs: readonly string[] };
}

/** A function of a servable_config.py that is NumPy on its arguments alone. */
export interface NumpyStage extends Stage {
  readonly kind: 'numpy';
  readonly fn: NumpyFunction;
}

export type StagePlan = FunctionStage | ModelStage | NumpyStage;

export interface MethodPlan {
  readonly name: string;
  readonly description: string;
  readonly inputs: readonly MethodTensor[];
  readonly outputs: readonly MethodTensor[];
  readonly stages: readonly StagePlan[];
  /** Where each of the outputs comes from. */
  readonly results: readonly Source[];
}

/** A model that stages name: the servable's own (servable null), or another servable's. */
export interface ModelPlan {
  readonly servable: string | null;
  /** '' = the highest that is ready. */
  readonly version: string;
  /** Name of the servable's own model file; null = the only one. */
  readonly file: string | null;
}

/** A file that the plan was made from, as it was then. */
export interface PlanSource {
  readonly file: string;
  readonly trace: string;
}

export interface ModulePlan {
  /** The module, absolute; '' where there is none, and no functions. */
  readonly file: string;
  /** The module and the files it imports, apart from packages. */
  readonly sources: readonly PlanSource[];
  /** Processes that run its functions. */
  readonly workers: number;
  /** Most bytes of a worker's heap. */
  readonly memory: number;
  /** Calls of functions that may wait. */
  readonly maxQueue: number;
  /** How many functions it has. */
  readonly functions: number;
  readonly models: readonly ModelPlan[];
  readonly methods: readonly MethodPlan[];
}

/** Whether its methods run without a model of the servable's own. */
export function needsNoModel(plan: ModulePlan | undefined): boolean {
  return plan?.models.every(({ servable }) => servable !== null) ?? false;
}

/** What a stage is called: its wanted name, with a number where another stage of the method has it. */
export function stageName(before: readonly StagePlan[], wanted: string): string {
  const plain = wanted.replace(/[^\w.-]/g, '_').slice(0, 64);
  const taken = new Set(before.map(({ name }) => name));
  let name = plain;
  for (let n = 2; taken.has(name); n++) name = `${plain}_${n}`;
  return name;
}
