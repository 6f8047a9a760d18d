// One inference as the protocol that brought it sees it. The dispatcher calls exactly one of finish() and fail(), once, and
// release() once, last.
//
//   dispatcher:  run(exchange) ──► place ──► (native) ──► finish │ fail ──► release

import type { ServingError } from '../errors.ts';
import type { Lease } from '../model/served.ts';
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

/** What runs the models of a method's stages. */
export interface StageRunner {
  /** Throws NOT_FOUND or NOT_READY. */
  lease(name: string, version: string): Lease;
  /** Runs a model for a request that is admitted and counted already; throws nothing, and releases the lease. */
  stage(exchange: Exchange, lease: Lease): void;
}

/** What runs requests that name a method. */
export interface MethodRunner {
  /** Runs a method of a leased version; calls `ended` once, after the exchange is released. Throws, with nothing begun, where it cannot. */
  run(exchange: Exchange, lease: Lease, method: string, runner: StageRunner, ended: () => void): void;
}
