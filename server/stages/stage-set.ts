// The stages of one loaded version: the threads of its functions, and which of its methods can be served.

import type { MethodPlan, ModulePlan } from '../config/servable-module/plan.ts';
import { ServingError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { OpenStages, ServedMethod } from '../model/served.ts';
import type { Signature } from '../native/binding-types.ts';
import { plural } from '../util/text.ts';
import { StagePool } from './pool.ts';

/** What a version is to its stages. */
export interface StagedVersion {
  /** name/version */
  readonly label: string;
  readonly signature: Signature;
}

export class StageSet implements OpenStages {
  readonly plan: ModulePlan;
  readonly methods: readonly ServedMethod[];
  /** undefined where the plan has no functions. */
  readonly pool: StagePool | undefined;
  readonly #plans: ReadonlyMap<string, MethodPlan>;

  constructor(plan: ModulePlan, signature: Signature, pool: StagePool | undefined) {
    this.plan = plan;
    this.pool = pool;
    this.#plans = new Map(plan.methods.map((method) => [method.name, method]));
    this.methods = plan.methods.map((method) => servedMethod(plan, method, signature));
  }

  method(name: string): MethodPlan | undefined {
    return this.#plans.get(name);
  }

  async close(): Promise<void> {
    await this.pool?.close();
  }
}

/** Starts the threads; rejects with STAGE_FAILED where the module cannot be imported. */
export async function openStages(plan: ModulePlan, version: StagedVersion, log: Pick<Log, 'warn'>): Promise<StageSet> {
  const pool = plan.functions > 0 ? new StagePool(plan, version.label, log) : undefined;
  const broken = (await pool?.start()) ?? '';
  if (broken !== '') {
    await pool?.close();
    throw new ServingError('STAGE_FAILED', `${version.label}: ${broken}`);
  }
  const set = new StageSet(plan, version.signature, pool);
  for (const { name, refused } of set.methods)
    if (refused !== undefined) log.warn('method.unavailable', { model: version.label, key: name, error: refused });
  return set;
}

function servedMethod(plan: ModulePlan, method: MethodPlan, signature: Signature): ServedMethod {
  const { name, description, inputs, outputs } = method;
  const refused = mismatch(plan, method, signature);
  return {
    name,
    inputs: inputs.map((input) => input.name),
    outputs: outputs.map((output) => output.name),
    ...(refused === '' ? { signature: { description, inputs, outputs } } : { refused }),
  };
}

/** Why the method's stages do not fit the servable's own model; '' where they do. */
function mismatch(plan: ModulePlan, { stages }: MethodPlan, signature: Signature): string {
  for (const stage of stages) {
    if (stage.kind !== 'model' || plan.models[stage.model]?.servable !== null) continue;
    const { inputs, outputs } = signature;
    const place = `stage ${stage.name}`;
    if (stage.args.length !== inputs.length)
      return `${place}: ${plural(stage.args.length, 'argument')}, the model has ${plural(inputs.length, 'input')}`;
    if (stage.outputs !== outputs.length)
      return `${place}: ${plural(stage.outputs, 'result')}, the model has ${plural(outputs.length, 'output')} (option outputs)`;
  }
  return '';
}
