// An ensemble as a chain of the models of other servables: a method of a servable without a model of its own. The stages of an ensemble that a
// step names stand in the place of the step, those of ensembles in it likewise.
//
//   outer: in ─► inner ─► last ─► out           in ─► inner.a ─► inner.b ─► last ─► out
//   inner: x ─► a ─► b ─► y             comes to

import type { MethodPlan, MethodTensor, ModelPlan, ModelStage, ModulePlan, Source } from '../servable-module/plan.ts';
import { stageName } from '../servable-module/plan.ts';
import { type Ensemble, mostSteps, type Step } from './ensemble.ts';
import type { Node } from './model-config.ts';
import type { Neighbours } from './neighbours.ts';
import type { Tell } from './warm-up.ts';

/** What the method of an ensemble is called. */
const methodName = 'ensemble';
/** Most ensembles of which each is a step of the one before. */
const mostDeep = 8;
/** Most stages that all steps come to. */
const mostStages = 256;

/** The plan of an ensemble of this name. What cannot be run is told. */
export function ensemblePlan(ensemble: Ensemble, name: string, neighbours: Neighbours, problem: Tell): ModulePlan {
  const { inputs, outputs } = ensemble;
  const flattening = new Flattening(neighbours);
  const refuse: Refuse = (node, message) => problem(node.line, 'ensemble_scheduling.step', message);
  const given = inputs.map((_, output): Source => ({ stage: -1, output }));
  const results = flattening.add(ensemble, given, { names: [name], refuse });
  const { stages, models } = flattening;
  const method: MethodPlan = { name: methodName, description: '', inputs, outputs, stages, results };
  return { file: '', sources: [], workers: 1, memory: 0, maxQueue: 0, functions: 0, models, methods: [method] };
}

type Refuse = (node: Node, message: string) => void;

/** Where an ensemble stands. */
interface Place {
  /** Those around it, the outermost first, and itself. */
  readonly names: readonly string[];
  readonly refuse: Refuse;
}

/** Where a tensor comes from, and what is said of it; undefined where that is for a model to say. */
interface Made {
  readonly source: Source;
  readonly tensor: MethodTensor | undefined;
}

class Flattening {
  readonly stages: ModelStage[] = [];
  readonly models: ModelPlan[] = [];
  readonly #neighbours: Neighbours;
  #isOver = false;

  constructor(neighbours: Neighbours) {
    this.#neighbours = neighbours;
  }

  /** Adds the stages of an ensemble whose inputs are `given`, in their order; where its outputs come from. */
  add({ inputs, outputs, steps, node }: Ensemble, given: readonly Source[], place: Place): readonly Source[] {
    const { refuse } = place;
    const made = new Map<string, Made>();
    inputs.forEach((tensor, index) => {
      made.set(tensor.name, { source: given[index] ?? nowhere, tensor });
    });
    if (steps.length === 0 || steps.length > mostSteps)
      refuse(node, `found ${steps.length} steps, want 1 to ${mostSteps}`);
    let left = steps;
    while (left.length > 0 && !this.#isOver) {
      const next = left.find((step) => step.inputs.every(({ tensor }) => made.has(tensor)));
      if (next === undefined) {
        const [step] = left as [Step];
        const missing = step.inputs.find(({ tensor }) => !made.has(tensor))?.tensor ?? '';
        refuse(step.node, `${step.model}: no input and no step before it gives ${JSON.stringify(missing)}`);
        break;
      }
      left = left.filter((step) => step !== next);
      if (next.model === '') refuse(next.node, 'model_name: missing');
      const results = this.#step(next, made, place);
      next.outputs.forEach(({ tensor }, output) => {
        if (made.has(tensor)) refuse(next.node, `${next.model}: ${JSON.stringify(tensor)} is given twice`);
        made.set(tensor, results[output] ?? { source: nowhere, tensor: undefined });
      });
    }
    return outputs.map((output): Source => {
      const found = made.get(output.name);
      if (found === undefined && left.length === 0)
        refuse(node, `no step gives the output ${JSON.stringify(output.name)}`);
      requireFit(found, output, (found) => refuse(node, `output ${JSON.stringify(output.name)}: ${found}`));
      return found?.source ?? nowhere;
    });
  }

  /** Where the results of a step come from, in the order of its output_map. */
  #step(step: Step, made: ReadonlyMap<string, Made>, place: Place): readonly Made[] {
    const neighbour = this.#neighbours.ensemble(step.model);
    if (neighbour === undefined) return this.#model(step, made, place);
    const { names, refuse } = place;
    const refused = (message: string): readonly Made[] => {
      refuse(step.node, message);
      return [];
    };
    if (names.includes(step.model))
      return refused(`${[...names, step.model].join(' → ')}: an ensemble cannot be a step of itself`);
    if (names.length >= mostDeep)
      return refused(`${[...names, step.model].join(' → ')}: more than ${mostDeep} ensembles within each other`);
    if ('wrong' in neighbour) return refused(`${step.model}/config.pbtxt: ${neighbour.wrong}`);
    if (step.version !== '' && !this.#neighbours.hasVersion(step.model, step.version))
      return refused(`${step.model}: has no version ${step.version}`);
    return this.#nested(step, neighbour.ensemble, made, place);
  }

  #nested(step: Step, inner: Ensemble, made: ReadonlyMap<string, Made>, { names, refuse }: Place): readonly Made[] {
    const { node, model } = step;
    for (const [what, tied, known] of [
      ['input', step.inputs, inner.inputs],
      ['output', step.outputs, inner.outputs],
    ] as const)
      for (const { own } of tied)
        if (!known.some(({ name }) => name === own))
          refuse(
            node,
            `${model}: has no ${what} ${JSON.stringify(own)}, it has ${known.map(({ name }) => name).join(', ')}`,
          );
    const given = inner.inputs.map((input): Source => {
      const from = step.inputs.find(({ own }) => own === input.name);
      if (from === undefined) refuse(node, `${model}: its input ${JSON.stringify(input.name)} is given nothing`);
      const found = made.get(from?.tensor ?? '');
      requireFit(found, input, (found) => refuse(node, `${model}: input ${JSON.stringify(input.name)}: ${found}`));
      return found?.source ?? nowhere;
    });
    const results = this.add(inner, given, {
      names: [...names, model],
      refuse: (at, message) => refuse(node, `${model}/config.pbtxt: line ${at.line}: ${message}`),
    });
    return step.outputs.map(({ own }): Made => {
      const index = inner.outputs.findIndex(({ name }) => name === own);
      return { source: results[index] ?? nowhere, tensor: inner.outputs[index] };
    });
  }

  #model(step: Step, made: ReadonlyMap<string, Made>, { names, refuse }: Place): readonly Made[] {
    const { model: name, inputs, outputs } = step;
    const stage = this.stages.length;
    if (stage >= mostStages) {
      refuse(step.node, `the ensembles in it come to more than ${mostStages} steps`);
      this.#isOver = true;
      return [];
    }
    this.stages.push({
      kind: 'model',
      name: stageName(this.stages, [...names.slice(1), name].join('.')),
      model: this.#placeOf(step),
      samples: false,
      args: inputs.map(({ tensor }) => made.get(tensor)?.source ?? nowhere),
      outputs: outputs.length,
      names: { inputs: inputs.map(({ own }) => own), outputs: outputs.map(({ own }) => own) },
    });
    return outputs.map((_, output): Made => ({ source: { stage, output }, tensor: undefined }));
  }

  /** The place of a step's model among those of the plan. */
  #placeOf({ model, version }: Step): number {
    const known = this.models.findIndex((other) => other.servable === model && other.version === version);
    return known >= 0 ? known : this.models.push({ servable: model, version, file: null }) - 1;
  }
}

/** Stands where what was refused would be. */
const nowhere: Source = { stage: -1, output: 0 };

/** Compares what is said of a tensor where it is made and where it goes to; tells `differ` what does not fit. */
function requireFit(made: Made | undefined, wanted: MethodTensor, differ: (found: string) => void): void {
  const found = made?.tensor;
  if (found === undefined) return;
  if (found.dtype !== null && wanted.dtype !== null && found.dtype !== wanted.dtype)
    return differ(`datatype is ${found.dtype}, want ${wanted.dtype}`);
  const [given, shape] = [found.shape ?? [], wanted.shape ?? []];
  const fits =
    given.length === shape.length && given.every((size, i) => size < 0 || (shape[i] ?? 0) < 0 || size === shape[i]);
  if (!fits) differ(`shape is [${given.join(',')}], want [${shape.join(',')}]`);
}
