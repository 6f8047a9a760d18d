// A body that is nothing but the bytes of the model's one input ("raw binary request": the header Inference-Header-Content-Length is 0).
// Its shape is the model's, with one row for a batch; one other dimension may be open, and follows from the number of bytes.

import { elementSize, shapeText } from '../../inference/dtype.ts';
import type { Signature } from '../../native/binding-types.ts';
import { plural, quote } from '../../util/text.ts';
import { refuse } from '../json/fields.ts';
import type { DecodedHttpInfer } from './decode.ts';

export function rawRequest(body: Buffer, { inputs, batched }: Signature): DecodedHttpInfer {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1)
    refuse('request body', `is raw bytes, but the model has ${plural(inputs.length, 'input')}, want JSON`);
  const { name, dtype, shape } = input;
  const place = `input ${quote(name)}`;
  if (shape === null) refuse(place, 'has any shape, which raw bytes do not tell, want JSON');
  const known = shape.map((size, axis) => (batched && axis === 0 ? 1 : size));
  const rest = known.reduce((product, size) => (size === -1 ? product : product * size), elementSize(dtype));
  const open = known.filter((size) => size === -1).length;
  if (open > 1) refuse(place, `has shape ${shapeText(shape)}, which raw bytes do not tell, want JSON`);
  if (open === 1 && (rest === 0 || body.length % rest !== 0))
    refuse(
      place,
      `${plural(body.length, 'byte')} of data, want a multiple of ${rest} for ${dtype} ${shapeText(shape)}`,
    );
  return {
    id: '',
    timeoutUs: 0,
    priority: 0,
    method: '',
    wantTimes: false,
    inputs: [{ name, dtype, shape: known.map((size) => (size === -1 ? body.length / rest : size)), bytes: body }],
    outputs: undefined,
    outputParts: [],
    binary: () => true,
  };
}
