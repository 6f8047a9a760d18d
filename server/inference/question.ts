// What is asked of a version, as the key of its answer.

import { createHash } from 'node:crypto';
import type { Bound } from './validate.ts';

/** Inputs in the order of the signature, which also says their types, and which outputs are wanted. */
export function questionOf({ inputs, shapes, wanted }: Bound): string {
  const hash = createHash('sha256').update(JSON.stringify([shapes, wanted.outputs]));
  for (const bytes of inputs) hash.update(bytes);
  return hash.digest('base64');
}
