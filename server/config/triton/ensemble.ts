// ensemble_scheduling of a config.pbtxt as a chain of the models of other servables: a method of a servable without a model of its own.
//
//   step [ { model_name: "a" input_map { key: "x" value: "in" } output_map { key: "y" value: "middle" } }, … ]
//
// Steps hang together by the names of tensors (the values); the keys are the names that the step's model has for them.

import type { MethodPlan, MethodTensor, ModelPlan, ModelStage, ModulePlan, Source } from '../servable-module/plan.ts';
import { stageName, tensorTypes } from '../servable-module/plan.ts';
import type { Node } from './model-config.ts';
import type { Tell } from './warm-up.ts';

/** What the method of an ensemble is called. */
const methodName = 'ensemble';
const mostSteps = 64;

interface Step {
  readonly node: Node;
  readonly model: string;
  /** '' = the highest that is ready. */
  readonly version: string;
  readonly inputs: readonly Tied[];
  readonly outputs: readonly Tied[];
}

/** A tensor of the ensemble and its name in a model. */
interface Tied {
  readonly own: string;
  readonly tensor: string;
}

/** The plan of an ensemble; undefined where the file describes none. What cannot be run is told. */
export function ensemblePlan(root: Node, problem: Tell): ModulePlan | undefined {
  const scheduling = root.one('ensemble_scheduling');
  if (scheduling === undefined) return undefined;
  const refuse = (node: Node, message: string): void => problem(node.line, 'ensemble_scheduling.step', message);
  const steps = scheduling.all('step').map(stepOf);
  if (steps.length === 0 || steps.length > mostSteps)
    refuse(scheduling, `found ${steps.length} steps, want 1 to ${mostSteps}`);
  const inputs = tensorsOf(root, 'input');
  const outputs = tensorsOf(root, 'output');
  const sources = new Map<string, Source>(inputs.map(({ name }, output) => [name, { stage: -1, output }]));
  const models: ModelPlan[] = [];
  const stages: ModelStage[] = [];
  let left = steps;
  while (left.length > 0) {
    const next = left.find((step) => step.inputs.every(({ tensor }) => sources.has(tensor)));
    if (next === undefined) {
      const [step] = left as [Step];
      const missing = step.inputs.find(({ tensor }) => !sources.has(tensor))?.tensor ?? '';
      refuse(step.node, `${step.model}: no input and no step before it gives ${JSON.stringify(missing)}`);
      break;
    }
    left = left.filter((step) => step !== next);
    if (next.model === '') refuse(next.node, 'model_name: missing');
    next.outputs.forEach(({ tensor }, output) => {
      if (sources.has(tensor)) refuse(next.node, `${next.model}: ${JSON.stringify(tensor)} is given twice`);
      sources.set(tensor, { stage: stages.length, output });
    });
    stages.push(stageOf(next, stages, sources, placeOf(models, next)));
  }
  const results = outputs.map(({ name }): Source => {
    const found = sources.get(name);
    if (found === undefined && left.length === 0)
      refuse(scheduling, `no step gives the output ${JSON.stringify(name)}`);
    return found ?? { stage: -1, output: 0 };
  });
  const method: MethodPlan = { name: methodName, description: '', inputs, outputs, stages, results };
  return { file: '', sources: [], workers: 1, memory: 0, maxQueue: 0, functions: 0, models, methods: [method] };
}

function stepOf(node: Node): Step {
  const version = node.one('model_version')?.number ?? -1;
  const tied = (field: string): Tied[] =>
    node.all(field).map((entry) => ({ own: entry.one('key')?.text ?? '', tensor: entry.one('value')?.text ?? '' }));
  return {
    node,
    model: node.one('model_name')?.text ?? '',
    version: version > 0 ? String(version) : '',
    inputs: tied('input_map'),
    outputs: tied('output_map'),
  };
}

/** The place of a step's model among those of the plan. */
function placeOf(models: ModelPlan[], { model, version }: Step): number {
  const known = models.findIndex((other) => other.servable === model && other.version === version);
  return known >= 0 ? known : models.push({ servable: model, version, file: null }) - 1;
}

function stageOf(
  { model: name, inputs, outputs }: Step,
  before: readonly ModelStage[],
  sources: ReadonlyMap<string, Source>,
  model: number,
): ModelStage {
  return {
    kind: 'model',
    name: stageName(before, name),
    model,
    samples: false,
    args: inputs.map(({ tensor }) => sources.get(tensor) ?? { stage: -1, output: 0 }),
    outputs: outputs.length,
    names: { inputs: inputs.map(({ own }) => own), outputs: outputs.map(({ own }) => own) },
  };
}

/** Tensors of the ensemble; dims lack the batch where there is one. */
function tensorsOf(root: Node, section: string): readonly MethodTensor[] {
  const batch = (root.one('max_batch_size')?.number ?? 0) > 0 ? [-1] : [];
  return root.all(section).map((tensor) => {
    const type = tensor.one('data_type')?.text.replace(/^TYPE_/, '') ?? '';
    const dims = tensor.all('dims').map((node) => node.number);
    return {
      name: tensor.one('name')?.text ?? '',
      dtype: tensorTypes.find((known) => known === (type === 'STRING' ? 'BYTES' : type)) ?? null,
      shape: [...batch, ...dims],
      description: '',
    };
  });
}
