// The stages of one loaded version: the workers of its functions, and which of its methods can be served.

import type { MethodPlan, ModulePlan } from '../config/servable-module/plan.ts';
import { ServingError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { StagedVersion } from '../model/manager.ts';
import type { OpenStages, ServedMethod, ServedModel } from '../model/served.ts';
import type { NativeModel, Signature } from '../native/binding-types.ts';
import { plural } from '../util/text.ts';
import { StagePool } from './pool.ts';

interface OwnModel {
  readonly signature: Signature;
  /** undefined for the version's own, which its lease has. */
  readonly native: NativeModel | undefined;
}

export class StageSet implements OpenStages {
  readonly plan: ModulePlan;
  readonly methods: readonly ServedMethod[];
  /** undefined where the plan has no functions. */
  readonly pool: StagePool | undefined;
  /** By place in the plan; undefined for models of other servables. */
  readonly #models: readonly (OwnModel | undefined)[];
  readonly #plans: ReadonlyMap<string, MethodPlan>;

  constructor(plan: ModulePlan, models: readonly (OwnModel | undefined)[], pool: StagePool | undefined) {
    this.plan = plan;
    this.pool = pool;
    this.#models = models;
    this.#plans = new Map(plan.methods.map((method) => [method.name, method]));
    this.methods = plan.methods.map((method) => servedMethod(method, models));
  }

  get natives(): readonly NativeModel[] {
    return [...new Set(this.#models.flatMap((model) => model?.native ?? []))];
  }

  method(name: string): MethodPlan | undefined {
    return this.#plans.get(name);
  }

  /** The model of a stage as the version that holds it shows it; undefined for a model of another servable. */
  model(place: number, version: ServedModel): ServedModel | undefined {
    const own = this.#models[place];
    if (own?.native === undefined) return own === undefined ? undefined : version;
    return { ...version, report: () => version.report(), native: own.native, signature: own.signature };
  }

  async close(): Promise<void> {
    await Promise.all([this.pool?.close(), ...this.natives.map((native) => native.close())]);
  }
}

/** Loads the other models of the folder and starts the workers; rejects with STAGE_FAILED where the module cannot be imported. */
export async function openStages(plan: ModulePlan, version: StagedVersion, log: Pick<Log, 'warn'>): Promise<StageSet> {
  const pool = plan.functions > 0 ? new StagePool(plan, version.label, log) : undefined;
  const others = new Map<string, NativeModel>();
  try {
    for (const { servable, file } of plan.models)
      if (servable === null && file !== null && file !== version.file && !others.has(file))
        others.set(file, await version.load(file));
    const broken = (await pool?.start()) ?? '';
    if (broken !== '') throw new ServingError('STAGE_FAILED', `${version.label}: ${broken}`);
  } catch (caught) {
    await Promise.all([pool?.close(), ...[...others.values()].map((native) => native.close())]);
    throw caught;
  }
  const models = plan.models.map(({ servable, file }): OwnModel | undefined => {
    const native = others.get(file ?? '');
    return servable === null ? { signature: native?.signature ?? version.signature, native } : undefined;
  });
  const set = new StageSet(plan, models, pool);
  for (const { name, refused } of set.methods)
    if (refused !== undefined) log.warn('method.unavailable', { model: version.label, key: name, error: refused });
  return set;
}

function servedMethod(method: MethodPlan, models: readonly (OwnModel | undefined)[]): ServedMethod {
  const { name, description, inputs, outputs } = method;
  const refused = mismatch(method, models);
  return {
    name,
    inputs: inputs.map((input) => input.name),
    outputs: outputs.map((output) => output.name),
    ...(refused === '' ? { signature: { description, inputs, outputs } } : { refused }),
  };
}

/** Why the method's stages do not fit the version's models; '' where they do. */
function mismatch({ stages }: MethodPlan, models: readonly (OwnModel | undefined)[]): string {
  for (const stage of stages) {
    const model = stage.kind === 'model' ? models[stage.model] : undefined;
    if (model === undefined) continue;
    const { inputs, outputs } = model.signature;
    const place = `stage ${stage.name}`;
    if (stage.args.length !== inputs.length)
      return `${place}: ${plural(stage.args.length, 'argument')}, the model has ${plural(inputs.length, 'input')}`;
    if (stage.outputs !== outputs.length)
      return `${place}: ${plural(stage.outputs, 'result')}, the model has ${plural(outputs.length, 'output')} (option outputs)`;
  }
  return '';
}
