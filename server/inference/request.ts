// Protocol-neutral form of one inference: protocols decode into InferRequest and encode InferReply.

import type { DType } from '../native/binding-types.ts';
import type { RequestTimes } from '../model/served.ts';

/** A tensor as a view on bytes: little-endian, row-major, no copies. */
export interface NamedTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface InferRequest {
  readonly model: string;
  /** '' = the server's choice. */
  readonly version: string;
  readonly id: string;
  readonly inputs: readonly NamedTensor[];
  /** Names of the outputs wanted, in the order wanted; undefined = all, in signature order. */
  readonly outputs: readonly string[] | undefined;
  /** Microseconds from now; 0 = none. Already the smaller of the protocol's own deadline and the request parameter. */
  readonly timeoutUs: number;
  /** 0 = default, 1 = highest. */
  readonly priority: number;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal | undefined;
  /** performance.now() when the first byte of the message was seen (or the call started). */
  readonly receivedAt: number;
}

export interface InferReply {
  readonly model: string;
  readonly version: string;
  readonly id: string;
  readonly outputs: readonly NamedTensor[];
  /** All stages up to completion; encodeNs is 0 here and added by the protocol. */
  readonly times: RequestTimes;
}

/**
 * Lets a protocol place output tensors: called once all output sizes are known before execution, it returns for each
 * wanted output the bytes to write into (views of the reply message), or null to have buffers allocated.
 */
export type OutputPlacer = (specs: readonly { readonly name: string; readonly dtype: DType; readonly shape: readonly number[]; readonly byteLength: number }[]) => readonly (Uint8Array | null)[];
