// A reply with typed contents, for callers that ask for it with the parameter `typed_output`: people with grpcurl, and clients without code
// for raw bytes. It is made by proto-loader: who asks for it does not count microseconds.

import { ServingError } from '../../errors.ts';
import type { AnyTensor, InferReply } from '../../inference/request.ts';
import { elementTypes } from '../../util/element-types.ts';
import { quote } from '../../util/text.ts';
import { methodOf } from '../protos.ts';

type Values = readonly (number | boolean | string | Uint8Array)[];

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The elements of little-endian bytes, each read by `read` at its offset. */
function elements(bytes: Uint8Array, size: number, read: (data: DataView, at: number) => Values[number]): Values {
  const data = view(bytes);
  return Array.from({ length: bytes.byteLength / size }, (_, i) => read(data, i * size));
}

/** Those of BYTES, each behind its length. */
function byteStrings(bytes: Uint8Array): Values {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + view(bytes).getUint32(at, true);
    found.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return found;
}

/** The field of InferTensorContents, filled. Numbers of 64 bits travel as text, which keeps their digits. */
function contentsOf({ name, dtype, bytes }: AnyTensor): object {
  if (dtype === 'BYTES') return { bytes_contents: byteStrings(bytes) };
  const { bytes: size, contents, read } = elementTypes[dtype];
  if (contents === undefined) {
    const text = `output ${quote(name)}: ${dtype} has no typed contents, ask without the parameter "typed_output"`;
    throw new ServingError('UNSUPPORTED', text);
  }
  const told = (data: DataView, at: number): number | boolean | string => {
    const value = read(data, at);
    return typeof value === 'bigint' ? String(value) : value;
  };
  return { [contents]: elements(bytes, size, told) };
}

/** The message; throws UNSUPPORTED for element types that exist as raw bytes alone, TOO_LARGE over `maxBytes`. */
export function typedReply({ model, version, id, outputs }: InferReply, maxBytes: number): Buffer {
  const message = methodOf('inference.GRPCInferenceService', 'ModelInfer').responseSerialize({
    model_name: model,
    model_version: version,
    id,
    outputs: outputs.map((output) => ({
      name: output.name,
      datatype: output.dtype,
      shape: output.shape,
      contents: contentsOf(output),
    })),
  });
  if (message.length <= maxBytes) return message;
  throw new ServingError(
    'TOO_LARGE',
    `the response has ${message.length} bytes, the limit is ${maxBytes} (server.max_message)`,
  );
}
