// Writes a model again: with quantised activations and weights, or with the values to be measured among its outputs.
//
//   x ── Conv2D        becomes        x ── FakeQuantPerLayer ── Conv2D
//   Load w ──┘                        Load q ── Cast f32 ── Mul scale ──┘
//
// MindIR has no primitive that makes numbers of integers by channel, and needs none: a cast and a product are that, and every reader knows them.

import type { Candidate, Weights } from './candidates.ts';
import { keepMeans } from './means.ts';
import {
  at,
  callMessage,
  constantMessage,
  dataType,
  integerMessage,
  type ModelFile,
  type Node,
  primitiveMessage,
  shapeAttribute,
  tensorMessage,
  tensorOf,
} from './mindir.ts';
import { bytesOf, floatsOf, quantiseWeights } from './weights.ts';
import { bytesField, fieldsOf, firstOf, joined, textAt } from './wire.ts';

/** MindSpore's number of float32 among its types. */
const float32 = 43;
const names = {
  fakeQuant: 'FakeQuantPerLayer:int8',
  cast: 'Cast:int8',
  multiply: 'Mul:int8',
  tuple: 'MakeTuple:int8',
} as const;
const additions = new Set(['Add', 'AddExt']);
/** What reads the integers of a value beside products, so that nobody is left who wants the numbers it had before. */
const readers = new Set([...additions, 'MaxPool', 'AvgPool']);
/** Operators that a product absorbs, so that what lies behind them is still its result. */
const followers = new Set(['BiasAdd', 'BatchNorm', 'TupleGetItem', 'ReLU', 'ReLU6', 'Load', 'Depend']);

interface Changes {
  /** Node messages to be put behind the node that makes a value; '' = before all nodes. */
  readonly behind: Map<string, Uint8Array[]>;
  /** Values that a node reads instead, by its output and the position of the input. */
  readonly inputs: Map<string, Map<number, string>>;
  /** Types of nodes' results that changed, by output. */
  readonly shapes: Map<string, Uint8Array>;
  readonly parameters: Map<string, Uint8Array>;
  readonly primitives: Uint8Array[];
  readonly output: Uint8Array | undefined;
}

const changes = (output?: Uint8Array): Changes => ({
  behind: new Map(),
  inputs: new Map(),
  shapes: new Map(),
  parameters: new Map(),
  primitives: [],
  output,
});

/**
 * The values that become 8 bits when these candidates are quantised: what they read, and, of two products that are added, the result of the first, so that
 * the sum is made of integers. Only those that `known` tells of, when given.
 */
export function activationsOf(
  model: ModelFile,
  candidates: readonly Candidate[],
  known?: ReadonlyMap<string, number>,
): string[] {
  const order = new Map(model.nodes.map((node, index) => [node.output, index]));
  const chosen = new Set(candidates.map(({ activation }) => activation));
  const products = new Set(candidates.map(({ node }) => node.output));
  const isProduct = (value: string): boolean => {
    let node: Node | undefined = model.nodes[order.get(value) ?? -1];
    for (let steps = 0; node !== undefined && steps < followers.size; steps++) {
      if (products.has(node.output)) return true;
      if (!followers.has(node.op)) return false;
      node = model.nodes[order.get(node.inputs[0] ?? '') ?? -1];
    }
    return false;
  };
  for (const { op, inputs } of model.nodes) {
    const [left = '', right = ''] = inputs;
    if (!additions.has(op) || chosen.has(left) || chosen.has(right) || !isProduct(left) || !isProduct(right)) continue;
    chosen.add((order.get(left) ?? 0) < (order.get(right) ?? 0) ? left : right);
  }
  return [...chosen].filter((value) => known === undefined || (known.get(value) ?? 0) > 0);
}

/** What samples tell of a model. */
export interface Measured {
  /** Ranges of activations. */
  readonly limits: ReadonlyMap<string, number>;
  /** Means of what weights are multiplied by, by the weights' name: one of each input channel. */
  readonly means: ReadonlyMap<string, Float64Array>;
}

/** The model with these candidates in 8 bits. An activation whose range is empty stays as it is. */
export function quantised(
  model: ModelFile,
  candidates: readonly Candidate[],
  { limits, means }: Measured,
): Uint8Array[] {
  const made = changes();
  const multiplied = candidates.filter(({ activation }) => (limits.get(activation) ?? 0) > 0);
  const activations = activationsOf(model, multiplied, limits);
  for (const [index, value] of activations.entries())
    quantiseActivation(model, value, limits.get(value) ?? 0, index, multiplied, made);
  const weights = new Map(multiplied.map((candidate) => [candidate.weights.tensor.name, candidate.weights]));
  for (const one of weights.values()) quantiseParameter(one, means.get(one.tensor.name), multiplied, made);
  if (activations.length > 0)
    made.primitives.push(
      primitiveMessage(names.fakeQuant, 'FakeQuantPerLayer', { symmetric: true, narrow_range: false }, { num_bits: 8 }),
      primitiveMessage(names.cast, 'Cast'),
      primitiveMessage(names.multiply, 'Mul'),
    );
  return written(model, made);
}

/** The model with values among its outputs, behind its own. */
export function withOutputs(model: ModelFile, values: readonly string[]): Uint8Array[] {
  const given = model.graph.find(({ number }) => number === at.graph.output);
  const before = given === undefined ? '' : textAt(fieldsOf(given.bytes), at.value.name);
  const name = `${model.graphName}:measured`;
  const output = joined(bytesField(at.value.name, name), bytesField(at.value.denotation, 'Tuple'));
  const made = changes(output);
  made.primitives.push(primitiveMessage(names.tuple, 'MakeTuple'));
  const last = model.nodes.at(-1)?.output ?? '';
  add(made.behind, last, [callMessage(names.tuple, [before, ...values], name, 'Default/measured', undefined)]);
  return written(model, made);
}

/** The model with other values of parameters, by their names; as many as before. */
export function withWeights(model: ModelFile, weights: ReadonlyMap<string, Float32Array>): Uint8Array[] {
  const made = changes();
  for (const [name, values] of weights) {
    const fields = model.parameters.get(name)?.fields ?? [];
    const pieces = fields.map(({ number, raw }) =>
      number === at.tensor.rawData ? bytesField(number, bytesOf(values)) : raw,
    );
    made.parameters.set(name, joined(...pieces));
  }
  return written(model, made);
}

function quantiseActivation(
  model: ModelFile,
  value: string,
  limit: number,
  index: number,
  candidates: readonly Candidate[],
  made: Changes,
): void {
  const producer = model.nodes.find((node) => node.output === value);
  const [low, high] = [`${model.graphName}:int8_low_${index}`, `${model.graphName}:int8_high_${index}`];
  const name = `${model.graphName}:int8_${index}`;
  const shape = producer === undefined ? inputShape(model, value) : shapeOf(producer);
  const origin = `${producer?.origin ?? value}/int8`;
  add(made.behind, producer === undefined ? '' : value, [
    constantMessage(low, [1], dataType.float, bytesOf(Float32Array.of(-limit))),
    constantMessage(high, [1], dataType.float, bytesOf(Float32Array.of(limit))),
    callMessage(names.fakeQuant, [value, low, high], name, origin, shape),
  ]);
  const products = new Set(candidates.map(({ node }) => node.output));
  for (const node of model.nodes) {
    for (const [position, input] of node.inputs.entries()) {
      const reads = readers.has(node.op) || (position === 0 && products.has(node.output));
      if (input === value && reads) redirect(made, node.output, position, name);
    }
  }
}

function quantiseParameter(
  { tensor, axis, loads }: Weights,
  means: Float64Array | undefined,
  candidates: readonly Candidate[],
  made: Changes,
): void {
  const { dims, name, data } = tensor;
  const numbers = floatsOf(data ?? new Uint8Array());
  const weights = quantiseWeights(numbers, dims, axis);
  if (means !== undefined) keepMeans(weights, numbers, dims, axis, means);
  const { integers, scales } = weights;
  const type = new Set<number>([at.tensor.dims, at.tensor.dataType, at.tensor.rawData]);
  made.parameters.set(
    name,
    joined(
      tensorMessage('', dims, dataType.int8, bytesOf(integers)),
      ...tensor.fields.filter(({ number }) => !type.has(number)).map(({ raw }) => raw),
    ),
  );
  const spread = dims.map((size, dim) => (dim === axis ? size : 1));
  for (const load of loads) {
    const [number, scale] = [`${load}:type`, `${load}:scale`];
    const [cast, product] = [`${load}:cast`, `${load}:numbers`];
    if (load !== name) made.shapes.set(load, shapeAttribute(dims, dataType.int8));
    add(made.behind, load === name ? '' : load, [
      integerMessage(number, float32),
      constantMessage(scale, spread, dataType.float, bytesOf(scales)),
      callMessage(names.cast, [load, number], cast, `${name}/cast`, shapeAttribute(dims, dataType.float)),
      callMessage(names.multiply, [cast, scale], product, `${name}/scale`, shapeAttribute(dims, dataType.float)),
    ]);
    for (const { node } of candidates) if (node.inputs[1] === load) redirect(made, node.output, 1, product);
  }
}

function add(map: Map<string, Uint8Array[]>, key: string, messages: readonly Uint8Array[]): void {
  map.set(key, [...(map.get(key) ?? []), ...messages]);
}

function redirect(made: Changes, node: string, position: number, value: string): void {
  const inputs = made.inputs.get(node) ?? new Map<number, string>();
  inputs.set(position, value);
  made.inputs.set(node, inputs);
}

function shapeOf(node: Node): Uint8Array | undefined {
  return node.fields.find(
    ({ number, bytes }) => number === at.node.attribute && textAt(fieldsOf(bytes), at.attribute.name) === 'shape',
  )?.bytes;
}

function inputShape(model: ModelFile, value: string): Uint8Array | undefined {
  for (const field of model.graph.filter(({ number }) => number === at.graph.input)) {
    const input = fieldsOf(field.bytes);
    const tensor = firstOf(input, at.value.tensor);
    if (textAt(input, at.value.name) !== value || tensor === undefined) continue;
    const { dims, type } = tensorOf(tensor.bytes);
    return shapeAttribute(dims, type);
  }
  return undefined;
}

function written(model: ModelFile, made: Changes): Uint8Array[] {
  const graph: Uint8Array[] = [];
  const put = (messages: readonly Uint8Array[] = []): void => {
    for (const message of messages) graph.push(...bytesField(at.graph.node, message));
  };
  put(made.behind.get(''));
  let index = 0;
  for (const field of model.graph) {
    if (field.number === at.graph.node) {
      const node = model.nodes[index++];
      if (node === undefined) continue;
      const message = changedNode(node, made);
      if (message === undefined) graph.push(field.raw);
      else put([message]);
      put(made.behind.get(node.output));
    } else if (field.number === at.graph.parameter && made.parameters.size > 0) {
      const name = textAt(fieldsOf(field.bytes), at.tensor.name);
      const other = made.parameters.get(name);
      if (other === undefined) graph.push(field.raw);
      else graph.push(...bytesField(at.graph.parameter, other));
    } else if (field.number === at.graph.output && made.output !== undefined) {
      graph.push(...bytesField(at.graph.output, made.output));
    } else {
      graph.push(field.raw);
    }
  }
  const size = graph.reduce((sum, piece) => sum + piece.length, 0);
  const file: Uint8Array[] = [];
  for (const field of model.fields) {
    if (field.number === at.model.graph) file.push(lengthHead(at.model.graph, size), ...graph);
    else file.push(field.raw);
  }
  return [...file, ...made.primitives.flatMap((primitive) => bytesField(at.model.primitives, primitive))];
}

/** Tag and length of a field whose bytes follow in pieces. */
function lengthHead(number: number, length: number): Uint8Array {
  const bytes = [(number << 3) | 2];
  let rest = length;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...bytes, rest]);
}

/** The node's message with other inputs or another type; undefined where nothing changes. */
function changedNode(node: Node, made: Changes): Uint8Array | undefined {
  const inputs = made.inputs.get(node.output);
  const shape = made.shapes.get(node.output);
  if (inputs === undefined && shape === undefined) return undefined;
  let position = 0;
  const pieces = node.fields.map((field) => {
    if (field.number === at.node.input) {
      const value = inputs?.get(position++);
      return value === undefined ? [field.raw] : bytesField(at.node.input, value);
    }
    const isShape =
      shape !== undefined &&
      field.number === at.node.attribute &&
      textAt(fieldsOf(field.bytes), at.attribute.name) === 'shape';
    return isShape ? bytesField(at.node.attribute, shape) : [field.raw];
  });
  return joined(...pieces);
}
