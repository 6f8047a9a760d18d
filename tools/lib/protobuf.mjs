// Protobuf messages written field by field, for tools that need a few of them and no schema.

/** A number of at most 53 bits in base 128. */
export function varint(value) {
  const out = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Buffer.from([...out, rest]);
}

/** A field that holds a whole number. */
export const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);

/** A field that holds bytes: a message of parts, or text. */
export const message = (field, ...parts) => {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
};

/** The fields of a message that hold bytes, as [field, bytes]; numbers are passed over. Throws on what is no message. */
export function* byteFields(bytes) {
  let at = 0;
  const read = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('the message ends inside a number');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = read();
    const [field, kind] = [Math.floor(key / 8), key % 8];
    if (kind === 0) read();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else if (kind === 2) {
      const length = read();
      if (at + length > bytes.length) throw new Error(`field ${field} is longer than the message`);
      yield [field, bytes.subarray(at, at + length)];
      at += length;
    } else throw new Error(`field ${field} has the kind ${kind}`);
  }
}
