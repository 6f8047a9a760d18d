// One inference as the protocol that brought it sees it. The dispatcher calls exactly one of finish() and fail(), once, and
// release() once, last.
//
//   dispatcher:  run(exchange) ──► place ──► (native) ──► finish │ fail ──► release

import type { ServingError } from '../errors.ts';
import type { Account } from './account.ts';
import type { InferReply, InferRequest, OutputSpec, ServedName } from './request.ts';

export interface Exchange {
  readonly request: InferRequest;
  readonly account: Account;
  /**
   * Places output tensors: called at most once, before execution, when all output sizes are known. Returns for each wanted
   * output the bytes to write into (views of the reply message), or null to have a buffer allocated; undefined to have all
   * of them allocated.
   */
  place(model: ServedName, specs: readonly OutputSpec[]): readonly (Uint8Array | null)[] | undefined;
  /** The reply is there. What this throws is passed to fail(). */
  finish(reply: InferReply): void;
  fail(error: ServingError): void;
  /** Neither the request's bytes nor the places of its outputs are used any more by who computes. */
  release(): void;
}
