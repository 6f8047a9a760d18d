// Whether a model has the tensors that its configuration says it has.

import { ServingError } from '../errors.ts';
import type { Signature } from '../native/binding-types.ts';
import { quote } from '../util/text.ts';

/** A tensor as a configuration writes it: `input image FP32 -1,1,32,32`; no sizes for a scalar. */
const form = /^(input|output) (\S+) (\w+) ([-\d,]*)$/;

/** Throws INVALID_MODEL naming the first tensor that is another one in the model. -1 on either side is any size. */
export function requireTensors(signature: Signature, expected: readonly string[]): void {
  for (const text of expected) {
    const [, section = '', name = '', dtype = '', sizes = ''] = form.exec(text) ?? [];
    const wrong = (found: string, wanted: string): ServingError =>
      new ServingError(
        'INVALID_MODEL',
        `${section} ${quote(name)}: the configuration says ${wanted}, the model has ${found}`,
      );
    const specs = section === 'input' ? signature.inputs : signature.outputs;
    const spec = specs.find((known) => known.name === name);
    if (spec === undefined) throw wrong(specs.map((known) => quote(known.name)).join(', '), quote(name));
    if (spec.dtype !== dtype) throw wrong(spec.dtype, dtype);
    const wanted = sizes === '' ? [] : sizes.split(',').map(Number);
    const { shape } = spec;
    if (shape === null) continue;
    const fits =
      shape.length === wanted.length && shape.every((size, i) => size === -1 || wanted[i] === -1 || size === wanted[i]);
    if (!fits) throw wrong(`[${shape.join(',')}]`, `[${wanted.join(',')}]`);
  }
}
