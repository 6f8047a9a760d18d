// Limits on the memory of models. A load that would pass one is refused, with the numbers: at once where its files alone are too large,
// else when it is loaded and its memory known.

import { ServingError } from '../errors.ts';
import type { MemoryUse, NativeModel } from '../native/binding-types.ts';
import { bytesText } from '../util/text.ts';

/** Bytes; null: no limit. */
export interface MemoryLimits {
  /** model.memory_limit of the servable. */
  readonly own: number | null;
  /** engine.memory_limit of the server, for all models together. */
  readonly total: number | null;
}

/** Everything models hold. */
export function heldBytes(models: readonly Pick<NativeModel, 'memory'>[]): number {
  const sum = (use: MemoryUse): number => use.constants + use.packed + use.arenas + use.kernels + use.device;
  return models.reduce((bytes, model) => bytes + sum(model.memory()), 0);
}

/** Everything that one version holds: its models, and what its cache of answers may come to, which is there to be filled. */
export function versionBytes(models: readonly Pick<NativeModel, 'memory'>[], answers: number): number {
  return heldBytes(models) + answers;
}

/** The words before the size of what a version holds. */
export function holdsText(label: string, answers: number): string {
  return answers === 0
    ? `${label}: it holds`
    : `${label}: with ${bytesText(answers)} for answers (model.response_cache) it holds`;
}

/** Throws OUT_OF_MEMORY where `bytes` more pass a limit; `has` says what has them, `others` gives what the models beside it hold. */
export function requireMemory(limits: MemoryLimits, bytes: number, has: string, others: () => number): void {
  if (limits.own !== null && bytes > limits.own)
    throw new ServingError(
      'OUT_OF_MEMORY',
      `${has} ${bytesText(bytes)}, the limit is ${bytesText(limits.own)} (model.memory_limit)`,
    );
  if (limits.total === null) return;
  const held = others();
  if (held + bytes <= limits.total) return;
  throw new ServingError(
    'OUT_OF_MEMORY',
    `${has} ${bytesText(bytes)} and the other models hold ${bytesText(held)}, the limit of all is ${bytesText(limits.total)} (engine.memory_limit)`,
  );
}
