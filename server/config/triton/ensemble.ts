// ensemble_scheduling of a config.pbtxt: the tensors of an ensemble and its steps.
//
//   step [ { model_name: "a" input_map { key: "x" value: "in" } output_map { key: "y" value: "middle" } }, … ]
//
// Steps hang together by the names of tensors (the values); the keys are the names that the step's model has for them.

import type { MethodTensor } from '../servable-module/plan.ts';
import { tensorTypes } from '../servable-module/plan.ts';
import type { Node } from './model-config.ts';

/** Most steps of one ensemble. */
export const mostSteps = 64;

export interface Ensemble {
  readonly inputs: readonly MethodTensor[];
  readonly outputs: readonly MethodTensor[];
  readonly steps: readonly Step[];
  /** Where its file describes the steps. */
  readonly node: Node;
}

export interface Step {
  readonly node: Node;
  readonly model: string;
  /** '' = the highest that is ready. */
  readonly version: string;
  readonly inputs: readonly Tied[];
  readonly outputs: readonly Tied[];
}

/** A tensor of the ensemble and its name in a model. */
export interface Tied {
  readonly own: string;
  readonly tensor: string;
}

/** The ensemble that a file describes; undefined where it describes none. */
export function readEnsemble(root: Node): Ensemble | undefined {
  const node = root.one('ensemble_scheduling');
  if (node === undefined) return undefined;
  const steps = node.all('step').map(stepOf);
  return { inputs: tensorsOf(root, 'input'), outputs: tensorsOf(root, 'output'), steps, node };
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
