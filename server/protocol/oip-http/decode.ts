// The body of an inference over HTTP → tensors. JSON comes first; behind it, where the header Inference-Header-Content-Length gives the
// length of the JSON, the raw bytes of those inputs that have the parameter binary_data_size, in the order of the inputs.
//
//   ┌ {"inputs":[{"name","shape","datatype","parameters":{"binary_data_size"}}, …]} │ raw 0 │ raw 1 │ … ┐

import { ServingError } from '../../errors.ts';
import { elementCount, isDType, knownTypes, shapeText } from '../../inference/dtype.ts';
import type { AnyTensor } from '../../inference/request.ts';
import type { RegionPart } from '../../inference/shared-regions.ts';
import { plural, quote } from '../../util/text.ts';
import { asObject, flagOf, type JsonObject, listOf, parametersOf, refuse, textOf, wholeOf } from '../json/fields.ts';
import { exactJson, jsonText, type ParseJson, plainJson } from '../json/json.ts';
import { InexactInteger, tensorBytes } from '../json/values.ts';
import { MAX_ID, MAX_NAME, MAX_RANK, MAX_TENSORS } from '../open-inference/limits.ts';
import type { RegionReader } from '../open-inference/regions.ts';
import { partOf } from './parts.ts';

export interface DecodedHttpInfer {
  readonly id: string;
  /** Microseconds; 0 = none. */
  readonly timeoutUs: number;
  readonly priority: number;
  /** Requests with the same text get the same version. */
  readonly sticky?: string | undefined;
  /** A method of the servable; '' where the request names none. */
  readonly method: string;
  /** The caller wants the stage times back. */
  readonly wantTimes: boolean;
  readonly inputs: readonly AnyTensor[];
  readonly outputs: readonly string[] | undefined;
  /** For each of the outputs wanted the part of a region it goes to; empty where none does. */
  readonly outputParts: readonly (RegionPart | undefined)[];
  /** Whether an output is wanted as raw bytes. */
  readonly binary: (name: string) => boolean;
}

/** What JSON alone does not tell. */
export interface DecodeMeans {
  /** Bounds the bytes made of JSON. */
  readonly budget: number;
  /** Reads shared memory. */
  readonly read: RegionReader;
}

/** Largest priority native code takes. */
const maxPriority = 2 ** 31 - 1;

/** The length of the JSON by the header; undefined where the whole body is JSON. */
export function jsonLength(header: string, bodyLength: number): number | undefined {
  if (header === '') return undefined;
  const length = /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN;
  if (Number.isNaN(length) || length > bodyLength) {
    const found = `header Inference-Header-Content-Length: is ${quote(header)}`;
    throw new ServingError('INVALID_ARGUMENT', `${found}, want a length within the body of ${bodyLength} bytes`);
  }
  return length;
}

/** Decodes a body whose first `length` bytes are JSON. Throws INVALID_ARGUMENT, UNSUPPORTED or TOO_LARGE. */
export function decodeHttpInfer(body: Buffer, length: number | undefined, means: DecodeMeans): DecodedHttpInfer {
  const text = jsonText(body.subarray(0, length));
  const raw = length === undefined ? undefined : body.subarray(length);
  try {
    return decodeWith(plainJson, text, raw, means, false);
  } catch (caught) {
    if (!(caught instanceof InexactInteger)) throw caught;
    return decodeWith(exactJson, text, raw, means, true);
  }
}

function decodeWith(
  parse: ParseJson,
  text: string,
  raw: Buffer | undefined,
  means: DecodeMeans,
  exact: boolean,
): DecodedHttpInfer {
  const request = asObject(parse(text), 'request JSON');
  const parameters = parametersOf(request, 'request');
  refuseSequence(parameters);
  const priority = wholeOf(parameters, 'priority', 'parameter');
  if (priority > maxPriority) refuse('parameter "priority"', `is ${priority}, want at most ${maxPriority}`);
  const { wanted, parts, binary } = readOutputs(
    request,
    flagOf(parameters, 'binary_data_output', 'parameter') ?? false,
  );
  return {
    id: textOf(request, 'id', MAX_ID, 'request') ?? '',
    timeoutUs: wholeOf(parameters, 'timeout', 'parameter'),
    priority,
    method: textOf(parameters, 'method', MAX_NAME, 'parameter') ?? '',
    sticky: stickyOf(parameters),
    wantTimes: flagOf(parameters, 'mindird_times', 'parameter') ?? false,
    inputs: readInputs(request, new RawPart(raw), means, exact),
    outputs: wanted.length === 0 ? undefined : wanted,
    outputParts: parts.some((part) => part !== undefined) ? parts : [],
    binary,
  };
}

function stickyOf({ mindird_sticky: value }: JsonObject): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  if (!Number.isSafeInteger(value)) refuse('parameter "mindird_sticky"', 'is neither text nor a whole number');
  return String(value);
}

function refuseSequence(parameters: JsonObject): void {
  const { sequence_id: id, sequence_start: start, sequence_end: end } = parameters;
  if ((id !== undefined && id !== 0 && id !== '') || start === true || end === true)
    throw new ServingError('UNSUPPORTED', 'parameter "sequence_id": sequences are not supported');
}

function readOutputs(
  request: JsonObject,
  usual: boolean,
): {
  readonly wanted: readonly string[];
  readonly parts: readonly (RegionPart | undefined)[];
  readonly binary: (name: string) => boolean;
} {
  const chosen = new Map<string, boolean>();
  const parts: (RegionPart | undefined)[] = [];
  const wanted = listOf(request, 'outputs', MAX_TENSORS, 'request').map((entry, index) => {
    const output = asObject(entry, `outputs[${index}]`);
    const name = textOf(output, 'name', MAX_NAME, `outputs[${index}]`) ?? '';
    const place = `output ${quote(name)}`;
    const parameters = parametersOf(output, place);
    const { classification } = parameters;
    if (classification !== undefined && classification !== 0)
      throw new ServingError('UNSUPPORTED', `${place}: parameter "classification" is not supported`);
    parts.push(partOf(parameters, place));
    const binary = flagOf(parameters, 'binary_data', place);
    if (binary !== undefined) chosen.set(name, binary);
    return name;
  });
  return { wanted, parts, binary: (name) => chosen.get(name) ?? usual };
}

/** The bytes behind the JSON, taken one input after the other. */
class RawPart {
  readonly #bytes: Buffer | undefined;
  #at = 0;

  constructor(bytes: Buffer | undefined) {
    this.#bytes = bytes;
  }

  take(size: number, place: string): Buffer {
    const bytes = this.#bytes;
    if (bytes === undefined)
      refuse(place, 'parameter "binary_data_size" without the header Inference-Header-Content-Length');
    const left = bytes.length - this.#at;
    if (size > left) refuse(place, `binary_data_size is ${size}, ${plural(left, 'byte')} of the body are left`);
    this.#at += size;
    return bytes.subarray(this.#at - size, this.#at);
  }

  /** Nothing may be left. */
  end(): void {
    const left = (this.#bytes?.length ?? 0) - this.#at;
    if (left > 0) refuse('request body', `${plural(left, 'byte')} behind the last input's`);
  }
}

function readInputs(request: JsonObject, raw: RawPart, { budget, read }: DecodeMeans, exact: boolean): AnyTensor[] {
  let left = budget;
  const inputs = listOf(request, 'inputs', MAX_TENSORS, 'request').map((entry, index) => {
    const input = asObject(entry, `inputs[${index}]`);
    const name = textOf(input, 'name', MAX_NAME, `inputs[${index}]`) ?? '';
    const tensor = readInput(input, name, raw, { budget: left, read }, exact);
    if (input['data'] !== undefined) left -= tensor.bytes.byteLength;
    return tensor;
  });
  raw.end();
  return inputs;
}

function readInput(input: JsonObject, name: string, raw: RawPart, means: DecodeMeans, exact: boolean): AnyTensor {
  const { budget, read } = means;
  const place = `input ${quote(name)}`;
  const dtype = textOf(input, 'datatype', MAX_NAME, place) ?? '';
  const shape = readShape(input, place);
  const elements = elementCount(shape);
  if (elements < 0) refuse(place, `shape ${shapeText(shape)} has too many elements`);
  const parameters = parametersOf(input, place);
  const part = partOf(parameters, place);
  if (dtype !== 'BYTES' && !isDType(dtype)) refuse(place, `datatype is ${quote(dtype)}, want one of ${knownTypes}`);
  if (part !== undefined) {
    if (input['data'] !== undefined || parameters['binary_data_size'] !== undefined)
      refuse(place, 'has data although it is in shared memory, want one of the two');
    return { name, dtype, shape, bytes: read(part, place) };
  }
  if (parameters['binary_data_size'] === undefined) {
    const { data } = input;
    if (data === undefined) refuse(place, 'no data, want "data" or the parameter "binary_data_size"');
    return { name, dtype, shape, bytes: tensorBytes(data, { dtype, shape, elements, budget, place, exact }) };
  }
  if (input['data'] !== undefined) refuse(place, 'has data and binary_data_size, want one of the two');
  const size = wholeOf(parameters, 'binary_data_size', place);
  return { name, dtype, shape, bytes: raw.take(size, place) };
}

function readShape(input: JsonObject, place: string): readonly number[] {
  if (input['shape'] === undefined) refuse(place, 'no shape');
  return listOf(input, 'shape', MAX_RANK, place).map((size) => {
    if (!Number.isSafeInteger(size) || (size as number) < 0)
      refuse(place, `shape has ${String(size).slice(0, 40)}, want sizes of 0 or more`);
    return size as number;
  });
}
