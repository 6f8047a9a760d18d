// The parts of a MindIR file that quantisation reads and writes; field numbers are those of proto/mindir/mind_ir.proto.

import { ServingError } from '../errors.ts';
import { bytesField, type Field, fieldsOf, firstOf, joined, numberField, numbersAt, textAt, textOf } from './wire.ts';

/** Field numbers by message. */
export const at = {
  model: { graph: 7, functions: 8, primitives: 12 },
  graph: { node: 1, name: 2, parameter: 3, input: 5, output: 6 },
  node: { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 },
  primitive: { name: 1, opType: 2, attribute: 3, instanceName: 4, primType: 5 },
  attribute: { name: 1, i: 3, s: 5, tensors: 12, type: 16 },
  tensor: { dims: 1, dataType: 2, name: 7, rawData: 9, externalData: 12 },
  value: { name: 1, tensor: 2, denotation: 4 },
} as const;

export const dataType = { float: 1, int8: 3 } as const;
const attributeType = { int64: 7, bool: 9, tensors: 19 } as const;

/** A node of the main graph. */
export interface Node {
  readonly fields: readonly Field[];
  readonly output: string;
  /** The operator of its primitive; "Constant" for values, '' for calls of functions. */
  readonly op: string;
  /** Name of its primitive, '' for others. */
  readonly primitive: string;
  readonly inputs: readonly string[];
  /** As errors and reports name it. */
  readonly origin: string;
}

export interface Tensor {
  readonly dims: readonly number[];
  readonly type: number;
  readonly name: string;
  /** Absent where the values lie in another file. */
  readonly data: Uint8Array | undefined;
  readonly external: boolean;
  readonly fields: readonly Field[];
}

/** A model file taken apart as far as it is changed. */
export interface ModelFile {
  readonly fields: readonly Field[];
  readonly graph: readonly Field[];
  readonly graphName: string;
  readonly nodes: readonly Node[];
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** Attributes of primitives by the primitive's name. */
  readonly primitives: ReadonlyMap<string, ReadonlyMap<string, readonly Field[]>>;
  /** Operators of primitives by the primitive's name. */
  readonly operators: ReadonlyMap<string, string>;
  readonly hasFunctions: boolean;
}

/** Takes a model file apart; `place` begins the errors. */
export function parseModel(bytes: Uint8Array, place: string): ModelFile {
  try {
    return parsed(bytes, place);
  } catch (caught) {
    if (caught instanceof ServingError) throw caught;
    throw new ServingError(
      'INVALID_MODEL',
      `${place}: not a MindIR file in plain (${caught instanceof Error ? caught.message : String(caught)}); encrypted models are not quantised`,
    );
  }
}

function parsed(bytes: Uint8Array, place: string): ModelFile {
  const fields = fieldsOf(bytes);
  const graphField = firstOf(fields, at.model.graph);
  if (graphField === undefined)
    throw new ServingError('INVALID_MODEL', `${place}: not a MindIR file in plain, it has no graph`);
  const graph = fieldsOf(graphField.bytes);
  const operators = new Map<string, string>();
  const primitives = new Map<string, ReadonlyMap<string, readonly Field[]>>();
  for (const field of fields.filter(({ number }) => number === at.model.primitives)) {
    const primitive = fieldsOf(field.bytes);
    const name = textAt(primitive, at.primitive.name);
    operators.set(name, textAt(primitive, at.primitive.opType));
    primitives.set(name, attributesOf(primitive, at.primitive.attribute));
  }
  const parameters = new Map(
    graph
      .filter(({ number }) => number === at.graph.parameter)
      .map(({ bytes: message }) => tensorOf(message))
      .map((tensor) => [tensor.name, tensor]),
  );
  return {
    fields,
    graph,
    graphName: textAt(graph, at.graph.name),
    nodes: graph.filter(({ number }) => number === at.graph.node).map((field) => nodeOf(field, operators)),
    parameters,
    primitives,
    operators,
    hasFunctions: fields.some(({ number }) => number === at.model.functions),
  };
}

/** Attributes by name. */
export function attributesOf(fields: readonly Field[], number: number): ReadonlyMap<string, readonly Field[]> {
  return new Map(
    fields
      .filter((field) => field.number === number)
      .map(({ bytes }) => fieldsOf(bytes))
      .map((attribute) => [textAt(attribute, at.attribute.name), attribute]),
  );
}

function nodeOf(field: Field, operators: ReadonlyMap<string, string>): Node {
  const fields = fieldsOf(field.bytes);
  const opType = textAt(fields, at.node.opType);
  const primitive = opType.startsWith('REF::') ? opType.slice('REF::'.length) : '';
  const output = textAt(fields, at.node.output);
  return {
    fields,
    output,
    op: primitive === '' ? opType : (operators.get(primitive) ?? ''),
    primitive: operators.has(primitive) ? primitive : '',
    inputs: fields.filter(({ number }) => number === at.node.input).map(textOf),
    origin: textAt(fields, at.node.domain) || output,
  };
}

/** A tensor's type and, where the file has them, values. */
export function tensorOf(message: Uint8Array): Tensor {
  const fields = fieldsOf(message);
  return {
    dims: numbersAt(fields, at.tensor.dims),
    type: firstOf(fields, at.tensor.dataType)?.value ?? 0,
    name: textAt(fields, at.tensor.name),
    data: firstOf(fields, at.tensor.rawData)?.bytes,
    external: firstOf(fields, at.tensor.externalData) !== undefined,
    fields,
  };
}

// --- messages -----------------------------------------------------------------------------------------------------

/** A TensorProto; without `data` a type alone. */
export function tensorMessage(name: string, dims: readonly number[], type: number, data?: Uint8Array): Uint8Array {
  return joined(
    dims.map((dim) => numberField(at.tensor.dims, dim)),
    numberField(at.tensor.dataType, type),
    name === '' ? [] : bytesField(at.tensor.name, name),
    data === undefined ? [] : bytesField(at.tensor.rawData, data),
  );
}

const tensorAttribute = (name: string, tensor: Uint8Array): Uint8Array =>
  joined(
    bytesField(at.attribute.name, name),
    bytesField(at.attribute.tensors, tensor),
    numberField(at.attribute.type, attributeType.tensors),
  );

const integerAttribute = (name: string, value: number, type: number): Uint8Array =>
  joined(bytesField(at.attribute.name, name), numberField(at.attribute.i, value), numberField(at.attribute.type, type));

/** The attribute `shape` of a node whose result is one tensor. */
export const shapeAttribute = (dims: readonly number[], type: number): Uint8Array =>
  tensorAttribute('shape', tensorMessage('', dims, type));

/** A Constant node. */
export const constantMessage = (name: string, dims: readonly number[], type: number, data: Uint8Array): Uint8Array =>
  valueNode(name, tensorAttribute('value', tensorMessage('value', dims, type, data)));

/** A Constant node with an integer. */
export const integerMessage = (name: string, value: number): Uint8Array =>
  valueNode(name, integerAttribute('value', value, attributeType.int64));

const valueNode = (name: string, attribute: Uint8Array): Uint8Array =>
  joined(
    bytesField(at.node.output, name),
    bytesField(at.node.name, name),
    bytesField(at.node.opType, 'Constant'),
    bytesField(at.node.attribute, attribute),
  );

/** A node that calls a primitive; `shape` is its attribute of that name. */
export function callMessage(
  primitive: string,
  inputs: readonly string[],
  output: string,
  origin: string,
  shape: Uint8Array | undefined,
): Uint8Array {
  return joined(
    ...inputs.map((input) => bytesField(at.node.input, input)),
    bytesField(at.node.output, output),
    bytesField(at.node.name, output),
    bytesField(at.node.opType, `REF::${primitive}`),
    shape === undefined ? [] : bytesField(at.node.attribute, shape),
    bytesField(at.node.domain, origin),
  );
}

/** A primitive with flags and integers; without any, a primitive function. */
export function primitiveMessage(
  name: string,
  op: string,
  flags: Readonly<Record<string, boolean>> = {},
  integers: Readonly<Record<string, number>> = {},
): Uint8Array {
  const attributes = [
    ...Object.entries(flags).map(([key, flag]) => integerAttribute(key, flag ? 1 : 0, attributeType.bool)),
    ...Object.entries(integers).map(([key, value]) => integerAttribute(key, value, attributeType.int64)),
  ];
  return joined(
    bytesField(at.primitive.name, name),
    bytesField(at.primitive.opType, op),
    ...attributes.map((attribute) => bytesField(at.primitive.attribute, attribute)),
    bytesField(at.primitive.instanceName, ''),
    numberField(at.primitive.primType, attributes.length === 0 && op !== 'MakeTuple' ? 2 : 1),
  );
}
