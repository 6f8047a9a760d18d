// What the worker of a servable_config.mjs and the server tell each other.

import type { Problem } from '../problem.ts';
import type { ModulePlan } from './plan.ts';
import type { WireTensor } from './wire.ts';

/** The worker's first message: what the module declares, or what is wrong with it. */
export type ReadMessage =
  | { readonly kind: 'read'; readonly plan: ModulePlan }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

/** Calls of one function. */
export interface CallMessage {
  readonly fn: number;
  /** The function takes them as a list. */
  readonly batched: boolean;
  readonly calls: readonly (readonly WireTensor[])[];
  /** How many results each call has. */
  readonly outputs: number;
}

export interface CallFailure {
  readonly message: string;
  readonly stack: string;
  /** The function threw InvalidArgument. */
  readonly refused: boolean;
}

/** The answer: results of every call, or one failure for all. */
export type AnswerMessage =
  | { readonly kind: 'results'; readonly results: readonly (readonly WireTensor[])[]; readonly tookNs: number }
  | { readonly kind: 'failed'; readonly failure: CallFailure; readonly tookNs: number };
