// The reply to an inference over HTTP: JSON, and behind it the bytes of those outputs that were asked for as such.
//
//   ┌ {"model_name",…,"outputs":[{"name","datatype","shape","data" │ "parameters":{"binary_data_size"}}, …]} │ raw 0 │ raw 1 │ … ┐

import { isUtf8 } from 'node:buffer';
import { ServingError } from '../../errors.ts';
import { elementSize } from '../../inference/dtype.ts';
import type { AnyTensor, InferReply, OutputSpec, TensorType } from '../../inference/request.ts';
import type { RegionPart } from '../../inference/shared-regions.ts';
import { bytesText, quote } from '../../util/text.ts';
import type { HttpReply } from '../http-route.ts';
import { elementTexts } from '../json/texts.ts';
import { timesObject } from '../open-inference/codec-encode.ts';

export interface ReplyForm {
  readonly binary: (name: string) => boolean;
  /** The part of a region that an output was written to, by its place among the wanted ones; absent: none was. */
  readonly part?: ((index: number) => RegionPart | undefined) | undefined;
  readonly maxBytes: number;
}

/** Bytes of an element in JSON at the least: a digit and a comma. */
const leastText = 2;

/** Throws for outputs that cannot be answered in the form asked for: TOO_LARGE, or INVALID_ARGUMENT for types without a form in JSON. */
export function checkForm(specs: readonly OutputSpec[], { binary, part, maxBytes }: ReplyForm): void {
  let size = 0;
  for (const [index, { name, dtype, byteLength }] of specs.entries()) {
    if (part?.(index) !== undefined) continue;
    if (binary(name)) size += byteLength;
    else {
      requireText(name, dtype);
      size += dtype === 'BYTES' ? byteLength : (byteLength / elementSize(dtype)) * leastText;
    }
  }
  if (size > maxBytes) throw tooLarge(size, maxBytes);
}

function tooLarge(size: number, maxBytes: number): ServingError {
  const limit = `the limit is ${bytesText(maxBytes)} (server.max_message)`;
  return new ServingError('TOO_LARGE', `the response has ${bytesText(size)}, ${limit}`);
}

function requireText(name: string, dtype: TensorType): void {
  if (dtype !== 'FP16' && dtype !== 'BF16') return;
  const text = `output ${quote(name)}: ${dtype} has no form in JSON, ask for it with the parameter "binary_data"`;
  throw new ServingError('INVALID_ARGUMENT', text);
}

/** The reply; `raw` holds the bytes of the outputs wanted as such, where they were placed beforehand. */
export function encodeReply(
  reply: InferReply,
  form: ReplyForm,
  raw: Uint8Array | undefined,
  wantTimes: boolean,
): HttpReply {
  const specs = reply.outputs.map((output) => ({ ...output, byteLength: output.bytes.byteLength }));
  if (raw === undefined) checkForm(specs, form);
  const outputs = reply.outputs.map((output, index) =>
    outputText(output, form.part?.(index) ?? form.binary(output.name)),
  );
  const head = [
    `"model_name":${JSON.stringify(reply.model)}`,
    `"model_version":${JSON.stringify(reply.version)}`,
    ...(reply.id === '' ? [] : [`"id":${JSON.stringify(reply.id)}`]),
    ...(wantTimes ? [`"parameters":${JSON.stringify(timesObject(reply.times(performance.now())))}`] : []),
    `"outputs":[${outputs.join(',')}]`,
  ];
  const json = Buffer.from(`{${head.join(',')}}`, 'utf8');
  const binary = reply.outputs
    .filter(({ name }, index) => form.binary(name) && form.part?.(index) === undefined)
    .map(({ bytes }) => bytes);
  const pieces = [json, ...(raw === undefined ? binary : [raw])];
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  if (size > form.maxBytes) throw tooLarge(size, form.maxBytes);
  if (binary.length === 0) return { status: 200, type: 'application/json', body: pieces };
  const headers = { 'inference-header-content-length': String(json.length) };
  return { status: 200, type: 'application/octet-stream', body: pieces, headers };
}

function outputText(output: AnyTensor, form: boolean | RegionPart): string {
  const { name, dtype, shape, bytes } = output;
  const head = `"name":${JSON.stringify(name)},"datatype":"${dtype}","shape":[${shape.join(',')}]`;
  if (form === true) return `{${head},"parameters":{"binary_data_size":${bytes.byteLength}}}`;
  // Triton says no more of such an output, and its C++ client takes any parameters for those of binary data.
  if (form !== false) return `{${head}}`;
  return `{${head},"data":[${valuesText(output)}]}`;
}

/** The elements in row-major order, every one exactly as it is. */
function valuesText({ name, dtype, bytes }: AnyTensor): string {
  if (dtype === 'BYTES') return stringsText(name, Buffer.from(bytes));
  return elementTexts(dtype, bytes, `output ${quote(name)}`).join(',');
}

/** Elements of BYTES, each behind its length, as strings. */
function stringsText(name: string, bytes: Buffer): string {
  const texts: string[] = [];
  for (let pos = 0; pos < bytes.length; ) {
    const from = pos + 4;
    pos = from + bytes.readUInt32LE(pos);
    const element = bytes.subarray(from, pos);
    if (!isUtf8(element)) {
      const found = `element ${texts.length} is not UTF-8 and has no form in JSON`;
      throw new ServingError(
        'UNSUPPORTED',
        `output ${quote(name)}: ${found}, ask for it with the parameter "binary_data"`,
      );
    }
    texts.push(JSON.stringify(element.toString('utf8')));
  }
  return texts.join(',');
}
