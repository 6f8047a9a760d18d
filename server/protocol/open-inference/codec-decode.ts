// ModelInferRequest bytes → tensors as views on those bytes.
//
//   pass 1  one walk over the message notes where names, shapes, contents and raw contents lie
//   pass 2  per tensor: datatype, form (raw or typed, never mixed), typed values converted
//
// Fields may come in any order, so nothing is judged before the walk is over. What a tensor must look like for a model is
// not known here: inference/validate.ts checks it.

import { ServingError } from '../../errors.ts';
import { elementCount, isDType, knownTypes, shapeText } from '../../inference/dtype.ts';
import type { AnyTensor } from '../../inference/request.ts';
import type { RegionPart } from '../../inference/shared-regions.ts';
import { bytesText, plural, quote } from '../../util/text.ts';
import { readByteStrings, readContents } from './contents.ts';
import { MAX_ID, MAX_NAME, MAX_PARAMETERS, MAX_RANK, MAX_TENSORS } from './limits.ts';
import { flag, type Parameter, readParameter, text, textOrNumber, wholeNumber } from './parameters.ts';
import { noRegions, type PartDraft, type RegionReader, readPart, wholePart } from './regions.ts';
import { BYTES, VARINT, WireReader } from './wire-reader.ts';

export interface DecodedInfer {
  model: string;
  version: string;
  /** The servable's method that is meant; '' for none. */
  method: string;
  id: string;
  /** Requests with the same text get the same version; undefined for none. */
  sticky: string | undefined;
  /** Microseconds; 0 = none. */
  timeoutUs: number;
  priority: number;
  /** The caller wants the stage times back. */
  wantTimes: boolean;
  /** The caller wants typed contents back. */
  wantTyped: boolean;
  inputs: readonly AnyTensor[];
  outputs: readonly string[] | undefined;
  /** For each of the outputs wanted the part of a region it goes to; empty where none does. */
  outputParts: readonly (RegionPart | undefined)[];
}

interface Piece {
  start: number;
  end: number;
}

interface RawTensor {
  name: string;
  datatype: string;
  readonly shape: number[];
  readonly contents: Piece[];
  part: PartDraft | undefined;
}

interface Walked extends DecodedInfer {
  readonly tensors: RawTensor[];
  readonly wanted: string[];
  readonly parts: (RegionPart | undefined)[];
  readonly raw: Piece[];
  parameters: number;
}

/** Largest priority native code takes. */
const MAX_PRIORITY = 2 ** 31 - 1;

/** Decodes one request; `budget` bounds the bytes made from typed contents, `read` reads shared memory. Throws INVALID_ARGUMENT or UNSUPPORTED. */
export function decodeInfer(message: Buffer, budget: number, read: RegionReader = noRegions): DecodedInfer {
  const reader = new WireReader(message);
  const walked: Walked = {
    model: '',
    version: '',
    method: '',
    id: '',
    sticky: undefined,
    timeoutUs: 0,
    priority: 0,
    wantTimes: false,
    wantTyped: false,
    inputs: [],
    outputs: undefined,
    tensors: [],
    outputParts: [],
    wanted: [],
    parts: [],
    raw: [],
    parameters: 0,
  };
  while (reader.pos < reader.end) readField(reader, walked);
  walked.inputs = readTensors(message, walked, budget, read);
  if (walked.wanted.length > 0) walked.outputs = walked.wanted;
  if (walked.parts.some((part) => part !== undefined)) walked.outputParts = walked.parts;
  return walked;
}

function readField(reader: WireReader, walked: Walked): void {
  const tag = reader.tag();
  const field = tag >>> 3;
  if (field < 1 || field > 7) {
    reader.unknown(tag);
    return;
  }
  reader.expect(tag, BYTES);
  switch (field) {
    case 1:
      walked.model = reader.string(MAX_NAME, 'model name');
      break;
    case 2:
      walked.version = reader.string(MAX_NAME, 'model version');
      break;
    case 3:
      walked.id = reader.string(MAX_ID, 'request id');
      break;
    case 4:
      applyParameter(walked, countedParameter(reader, walked));
      break;
    case 5:
      limit(walked.tensors.length, MAX_TENSORS, 'inputs');
      walked.tensors.push(readTensor(reader, walked));
      break;
    case 6:
      limit(walked.wanted.length, MAX_TENSORS, 'requested outputs');
      walked.wanted.push(readWanted(reader, walked));
      break;
    default: {
      limit(walked.raw.length, MAX_TENSORS, 'raw_input_contents');
      const length = reader.length();
      walked.raw.push({ start: reader.pos, end: reader.pos + length });
      reader.pos += length;
    }
  }
}

function limit(count: number, max: number, what: string): void {
  if (count >= max) throw new ServingError('INVALID_ARGUMENT', `request message: more than ${max} ${what}`);
}

function countedParameter(reader: WireReader, walked: Walked): Parameter {
  limit(walked.parameters, MAX_PARAMETERS, 'parameters');
  walked.parameters += 1;
  return readParameter(reader);
}

function applyParameter(walked: Walked, parameter: Parameter): void {
  if (parameter.key === 'timeout') walked.timeoutUs = wholeNumber(parameter);
  else if (parameter.key === 'method') walked.method = text(parameter);
  else if (parameter.key === 'mindird_sticky') walked.sticky = textOrNumber(parameter);
  else if (parameter.key === 'mindird_times') walked.wantTimes = flag(parameter);
  else if (parameter.key === 'typed_output') walked.wantTyped = flag(parameter);
  else if (parameter.key.startsWith('sequence_')) refuseSequence(parameter);
  else if (parameter.key === 'priority') {
    walked.priority = wholeNumber(parameter);
    if (walked.priority > MAX_PRIORITY) {
      throw new ServingError(
        'INVALID_ARGUMENT',
        `parameter "priority": is ${walked.priority}, want at most ${MAX_PRIORITY}`,
      );
    }
  }
}

/** An id of 0 or '' and a flag that is off say that the request belongs to no sequence. */
function refuseSequence({ key, value }: Parameter): void {
  if (value === 0 || value === '' || value === false || value === undefined) return;
  const text = `parameter ${quote(key)} is not supported: no model here keeps state from one request to the next`;
  throw new ServingError('UNSUPPORTED', text);
}

function readTensor(reader: WireReader, walked: Walked): RawTensor {
  const outer = reader.enter();
  const tensor: RawTensor = { name: '', datatype: '', shape: [], contents: [], part: undefined };
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    switch (tag >>> 3) {
      case 1:
        reader.expect(tag, BYTES);
        tensor.name = reader.string(MAX_NAME, 'input name');
        break;
      case 2:
        reader.expect(tag, BYTES);
        tensor.datatype = reader.string(MAX_NAME, 'datatype');
        break;
      case 3:
        readShape(reader, tag, tensor);
        break;
      case 4:
        reader.expect(tag, BYTES);
        tensor.part = readPart(countedParameter(reader, walked), tensor.part, place(tensor));
        break;
      case 5: {
        reader.expect(tag, BYTES);
        const length = reader.length();
        limit(tensor.contents.length, MAX_TENSORS, 'contents of one input');
        tensor.contents.push({ start: reader.pos, end: reader.pos + length });
        reader.pos += length;
        break;
      }
      default:
        reader.unknown(tag);
    }
  }
  reader.leave(outer);
  return tensor;
}

function readShape(reader: WireReader, tag: number, tensor: RawTensor): void {
  if ((tag & 7) !== BYTES) {
    reader.expect(tag, VARINT);
    readSize(reader, tensor);
    return;
  }
  const outer = reader.enter();
  while (reader.pos < reader.end) readSize(reader, tensor);
  reader.leave(outer);
}

function readSize(reader: WireReader, tensor: RawTensor): void {
  if (tensor.shape.length >= MAX_RANK) {
    throw new ServingError('INVALID_ARGUMENT', `${place(tensor)}: shape of more than ${MAX_RANK} dimensions`);
  }
  reader.varint();
  tensor.shape.push(reader.signed());
}

function refuseClassification({ key, value }: Parameter, name: string): void {
  if (key !== 'classification' || value === 0) return;
  const hint = 'ask for the values and take the largest of them';
  throw new ServingError('UNSUPPORTED', `output ${quote(name)}: parameter ${quote(key)} is not supported: ${hint}`);
}

function readWanted(reader: WireReader, walked: Walked): string {
  const outer = reader.enter();
  let name = '';
  let part: PartDraft | undefined;
  while (reader.pos < reader.end) {
    const tag = reader.tag();
    if (tag >>> 3 === 1) {
      reader.expect(tag, BYTES);
      name = reader.string(MAX_NAME, 'output name');
    } else if (tag >>> 3 === 2) {
      reader.expect(tag, BYTES);
      const parameter = countedParameter(reader, walked);
      refuseClassification(parameter, name);
      part = readPart(parameter, part, `output ${quote(name)}`);
    } else reader.unknown(tag);
  }
  reader.leave(outer);
  walked.parts.push(part && wholePart(part, `output ${quote(name)}`));
  return name;
}

function place(tensor: RawTensor): string {
  return `input ${quote(tensor.name)}`;
}

function readTensors(message: Buffer, walked: Walked, budget: number, read: RegionReader): AnyTensor[] {
  const { tensors, raw } = walked;
  const inMessage = tensors.filter(({ part }) => part === undefined).length;
  if (raw.length > 0) {
    const mixed = tensors.find((tensor) => tensor.contents.length > 0);
    if (mixed !== undefined)
      refuse(mixed, 'has contents although the request has raw_input_contents, want one of the two');
    if (raw.length !== inMessage) {
      throw new ServingError(
        'INVALID_ARGUMENT',
        `raw_input_contents: ${plural(raw.length, 'entry').replace('entrys', 'entries')}, want ${inMessage}, one for each input${inMessage < tensors.length ? ' that is not in shared memory' : ''}`,
      );
    }
  }
  let left = budget;
  let next = 0;
  return tensors.map((tensor) => {
    if (tensor.part !== undefined) return readShared(tensor, wholePart(tensor.part, place(tensor)), read);
    const found = readOne(message, tensor, raw[next++], left);
    if (raw.length === 0) left -= found.bytes.byteLength;
    return found;
  });
}

function refuse(tensor: RawTensor, what: string): never {
  throw new ServingError('INVALID_ARGUMENT', `${place(tensor)}: ${what}`);
}

function readShared(tensor: RawTensor, part: RegionPart, read: RegionReader): AnyTensor {
  if (tensor.contents.length > 0) refuse(tensor, 'has contents although it is in shared memory, want one of the two');
  return readOne(read(part, place(tensor)), tensor, { start: 0, end: part.byteSize }, 0);
}

function readOne(message: Buffer, tensor: RawTensor, raw: Piece | undefined, budget: number): AnyTensor {
  for (const size of tensor.shape) {
    if (size < 0) refuse(tensor, `shape is ${shapeText(tensor.shape)}, want sizes of 0 or more`);
    if (!Number.isSafeInteger(size)) refuse(tensor, `shape is ${shapeText(tensor.shape)}, want sizes below 2^53`);
  }
  const elements = elementCount(tensor.shape);
  if (elements < 0) refuse(tensor, `shape ${shapeText(tensor.shape)} has too many elements`);
  const { name, datatype: dtype, shape } = tensor;
  if (dtype === 'BYTES') return { name, dtype, shape, bytes: readBytes(message, tensor, raw, elements, budget) };
  if (!isDType(dtype)) refuse(tensor, `datatype is ${quote(dtype)}, want one of ${knownTypes}`);
  if (raw !== undefined) return { name, dtype, shape, bytes: message.subarray(raw.start, raw.end) };
  if (tensor.contents.length === 0 && elements > 0) refuse(tensor, `no data, want ${bytesOrValues(dtype, elements)}`);
  return { name, dtype, shape, bytes: readContents(message, tensor.contents, dtype, elements, budget, place(tensor)) };
}

function bytesOrValues(dtype: string, elements: number): string {
  return dtype === 'FP16' || dtype === 'BF16'
    ? `raw_input_contents of ${bytesText(2 * elements)}`
    : `contents or raw_input_contents for ${plural(elements, 'value')}`;
}

/** The elements of BYTES, each behind its length, as raw contents have them; methods may take them. */
function readBytes(
  message: Buffer,
  tensor: RawTensor,
  raw: Piece | undefined,
  elements: number,
  budget: number,
): Uint8Array {
  const bytes =
    raw === undefined
      ? readByteStrings(message, tensor.contents, elements, budget, place(tensor))
      : message.subarray(raw.start, raw.end);
  let found = 0;
  for (let pos = 0; pos < bytes.length; found++) {
    if (bytes.length - pos < 4) refuse(tensor, `BYTES element ${found} ends inside its length`);
    const length = bytes.readUInt32LE(pos);
    if (length > bytes.length - pos - 4)
      refuse(tensor, `BYTES element ${found} has length ${length}, ${bytes.length - pos - 4} bytes are left`);
    pos += 4 + length;
  }
  if (found !== elements) refuse(tensor, `${found} BYTES elements, want ${elements} for its shape`);
  return bytes;
}
