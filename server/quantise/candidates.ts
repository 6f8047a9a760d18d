// What of a model is quantised: convolutions and dense layers whose weights are parameters that nothing else reads.

import { at, attributesOf, dataType, type ModelFile, type Node, type Tensor } from './mindir.ts';
import { floatsOf } from './weights.ts';
import { type Field, firstOf, textOf } from './wire.ts';

/** One node with weights of its own. */
export interface Candidate {
  readonly node: Node;
  /** The value that becomes 8 bits before it is read. */
  readonly activation: string;
  readonly weights: Weights;
}

/** Weights, which candidates may share. */
export interface Weights {
  readonly tensor: Tensor;
  /** The dimension that counts output channels. */
  readonly axis: number;
  /** Values of the `Load` nodes that read the parameter. */
  readonly loads: readonly string[];
}

export interface Found {
  readonly candidates: readonly Candidate[];
  /** Nodes of these operators that stay as they are, each with its reason. */
  readonly others: readonly { readonly node: string; readonly reason: string }[];
}

/** Readers that order the reading of a parameter and do not compute with it. */
const orderers = new Set(['MakeTuple', 'UpdateState', 'Depend']);

/** Finds the candidates of the main graph. */
export function findCandidates(model: ModelFile): Found {
  const values = new Map(model.nodes.map((node) => [node.output, node]));
  const readers = new Map<string, { readonly node: Node; readonly input: number }[]>();
  for (const node of model.nodes) {
    for (const [input, value] of node.inputs.entries())
      readers.set(value, [...(readers.get(value) ?? []), { node, input }]);
  }
  const candidates: Candidate[] = [];
  const others: { node: string; reason: string }[] = [];
  for (const node of model.nodes) {
    const axis = channelAxis(model, node, values);
    if (axis === undefined) continue;
    const found = typeof axis === 'string' ? axis : weightsOf(model, node, axis, values, readers);
    if (typeof found === 'string') others.push({ node: node.origin, reason: found });
    else candidates.push({ node, activation: node.inputs[0] ?? '', weights: found });
  }
  return { candidates, others };
}

/** The dimension of input 1 that counts output channels; a reason where the node stays in f32; undefined for other operators. */
function channelAxis(model: ModelFile, node: Node, values: ReadonlyMap<string, Node>): number | string | undefined {
  const attributes = model.primitives.get(node.primitive);
  if (node.op === 'Conv2D') {
    const format = attributes?.get('format') ?? attributes?.get('data_format');
    const given = format === undefined ? undefined : firstOf(format, at.attribute.s);
    return given === undefined || textOf(given) === 'NCHW' ? 0 : `its format is ${textOf(given)}`;
  }
  if (node.op === 'Dense') return 0;
  if (node.op !== 'MatMul') return undefined;
  const flag = (name: string, input: number): boolean => {
    const constant = values.get(node.inputs[input] ?? '');
    const value: readonly Field[] | undefined =
      attributes?.get(name) ?? (constant && attributesOf(constant.fields, at.node.attribute).get('value'));
    return value !== undefined && firstOf(value, at.attribute.i)?.value === 1;
  };
  if (flag('transpose_a', 2)) return 'its left side is transposed';
  return flag('transpose_b', 3) ? 0 : 1;
}

function weightsOf(
  model: ModelFile,
  node: Node,
  axis: number,
  values: ReadonlyMap<string, Node>,
  readers: ReadonlyMap<string, readonly { readonly node: Node; readonly input: number }[]>,
): Weights | string {
  const given = values.get(node.inputs[1] ?? '');
  const name = given?.op === 'Load' ? (given.inputs[0] ?? '') : (node.inputs[1] ?? '');
  const tensor = model.parameters.get(name);
  if (tensor === undefined) return 'its weights are computed';
  if (tensor.type !== dataType.float) return 'its weights are not float32';
  if (tensor.external || tensor.data === undefined) return 'its weights lie in another file';
  if (node.op !== 'Conv2D' && tensor.dims.length !== 2) return `its weights have ${tensor.dims.length} dimensions`;
  const elements = tensor.dims.reduce((product, size) => product * size, 1);
  if (tensor.data.length !== 4 * elements || elements === 0) return 'its weights are incomplete';
  const numbers = floatsOf(tensor.data);
  const wrong = numbers.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) return `element ${wrong} of its weights is ${numbers[wrong]}`;
  const loads = (readers.get(name) ?? []).filter((reader) => reader.node.op === 'Load').map((one) => one.node.output);
  const all = [name, ...loads].flatMap((value) => readers.get(value) ?? []);
  const alien = all.find(
    (reader) =>
      !orderers.has(reader.node.op) &&
      reader.node.op !== 'Load' &&
      !(reader.input === 1 && reader.node.op === node.op && channelAxis(model, reader.node, values) === axis),
  );
  if (alien !== undefined) return `its weights are read by "${alien.node.origin}" too`;
  if (!all.some((reader) => reader.node === node)) return 'its weights are computed';
  return { tensor, axis, loads: loads.length === 0 ? [name] : loads };
}
