// An instance of outputs → JSON: numbers nested by their shape, a single one bare, text as a string, byte strings as {"b64"}.

import { ServingError } from '../../errors.ts';
import { quote } from '../../util/text.ts';
import { elementTexts } from '../json/texts.ts';
import { dtypeOf } from './dtype.ts';
import type { InstanceMessage, TensorMessage } from './messages.ts';

/** The text of an instance; throws UNSUPPORTED for numbers that JSON has no word for. */
export function instanceText({ items }: InstanceMessage): string {
  const entries = Object.entries(items).map(([name, tensor]) => `${JSON.stringify(name)}:${tensorText(name, tensor)}`);
  return `{${entries.join(',')}}`;
}

function tensorText(name: string, { shape, dtype, data, bytes_val: strings = [] }: TensorMessage): string {
  const dims = shape?.dims ?? [];
  if (dtype === 'MS_STRING')
    return nested(
      strings.map((text) => JSON.stringify(text.toString('utf8'))),
      dims,
    );
  if (dtype === 'MS_BYTES')
    return nested(
      strings.map((bytes) => `{"b64":"${bytes.toString('base64')}"}`),
      dims,
    );
  const type = dtypeOf(dtype);
  if (type === undefined) throw new ServingError('INTERNAL', `output ${quote(name)}: datatype ${dtype}`);
  return nested(elementTexts(type, data ?? Buffer.alloc(0), `output ${quote(name)}`), dims);
}

/** Elements in row-major order as arrays of `dims`; without dimensions the one there is. */
function nested(texts: readonly string[], dims: readonly number[]): string {
  if (dims.length === 0) return texts[0] ?? 'null';
  let level = [...texts];
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const size = dims[axis] ?? 0;
    const count = dims.slice(0, axis).reduce((product, one) => product * one, 1);
    level = Array.from({ length: count }, (_, i) => `[${level.slice(i * size, (i + 1) * size).join(',')}]`);
  }
  return level[0] ?? '[]';
}
