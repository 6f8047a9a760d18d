// ModelInfer as bytes: a request with its gRPC prefix, and whether a reply holds the outputs that were expected.

import { byteFields, message, varint } from '../lib/protobuf.mjs';

const kPrefix = 5;
const kRawOutput = 6;

/** A framed request for float32 or int32 tensors: [{name, datatype, shape, bytes}]. */
export function inferRequest(model, tensors) {
  const inputs = tensors.map(({ name, datatype, shape }) =>
    message(5, message(1, name), message(2, datatype), message(3, Buffer.concat(shape.map(varint)))),
  );
  return framed(Buffer.concat([message(1, model), ...inputs, ...tensors.map(({ bytes }) => message(7, bytes))]));
}

/** A message behind the prefix of gRPC: not compressed, length. */
export function framed(body) {
  const prefix = Buffer.alloc(kPrefix);
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}

/** The raw outputs of a framed reply. */
export const outputsOf = (reply) =>
  [...byteFields(reply.subarray(kPrefix))].filter(([field]) => field === kRawOutput).map(([, bytes]) => bytes);

/** Undefined when a framed reply holds the expected float32 outputs, within rtol and atol of 1e-3; else what is wrong. */
export function wrongReply(reply, expected) {
  if (reply.length < kPrefix || reply.readUInt32BE(1) !== reply.length - kPrefix) return 'the reply is cut';
  const outputs = outputsOf(reply);
  if (outputs.length !== expected.length) return `${outputs.length} outputs, want ${expected.length}`;
  for (const [index, bytes] of outputs.entries()) {
    const want = expected[index];
    if (bytes.length !== want.length) return `output ${index} has ${bytes.length} bytes, want ${want.length}`;
    for (let at = 0; at < bytes.length; at += 4) {
      const [a, b] = [bytes.readFloatLE(at), want.readFloatLE(at)];
      if (!(Math.abs(a - b) <= 1e-3 + 1e-3 * Math.abs(b)))
        return `output ${index} differs at ${at / 4}: ${a}, want ${b}`;
    }
  }
  return undefined;
}
