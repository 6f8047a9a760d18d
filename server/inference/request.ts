// Protocol-neutral form of one inference: protocols decode into InferRequest and encode InferReply.

import type { RequestTimes } from '../model/served.ts';
import type { DType } from '../native/binding-types.ts';

/** Element types of tensors: those of models, and BYTES, which methods may take. */
export type TensorType = DType | 'BYTES';

/** A tensor of a model as a view on bytes: little-endian, row-major, no copies. */
export interface NamedTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The same of a method; each element of BYTES lies behind its length in four bytes. */
export interface AnyTensor extends Omit<NamedTensor, 'dtype'> {
  readonly dtype: TensorType;
  /** Its BYTES are text, for protocols that tell the two apart. */
  readonly isText?: boolean;
}

/** Tells that the caller went away. Cheaper than an AbortSignal, of which a small request would feel the price. */
export interface Cancellation {
  readonly cancelled: boolean;
  /** Calls the listener once when the caller goes away; replaces an earlier listener. */
  onCancelled(listener: (() => void) | undefined): void;
}

export interface InferRequest {
  /** Name of the servable, or NAME:METHOD. */
  readonly model: string;
  /** '' = the server's choice. */
  readonly version: string;
  /** A method of the servable; absent or '' = its model, unless the name has a method. */
  readonly method?: string;
  readonly id: string;
  /** Where requests are split between versions, those with the same text get the same one. */
  readonly sticky?: string | undefined;
  readonly inputs: readonly AnyTensor[];
  /** Names of the outputs wanted, in the order wanted; undefined = all, in signature order. */
  readonly outputs: readonly string[] | undefined;
  /** Microseconds from submission; 0 = none. Already the smaller of the protocol's own deadline and the request parameter. */
  readonly timeoutUs: number;
  /** 0 = default, 1 = highest. */
  readonly priority: number;
  /** Wants to know what a device took for its part; else one run in some is timed. */
  readonly timed?: boolean;
  readonly cancellation: Cancellation | undefined;
}

export interface InferReply {
  readonly model: string;
  readonly version: string;
  readonly id: string;
  /** The outputs wanted, in the order wanted. Where a placer gave a destination, `bytes` is that destination. */
  readonly outputs: readonly AnyTensor[];
  /** All stages, the last one (encode) ending at `now` of performance.now(); the stages always add up to the total. */
  times(now: number): RequestTimes;
}

/** What is known of one wanted output before it is computed. */
export interface OutputSpec {
  readonly name: string;
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  readonly byteLength: number;
}

/** The version that runs a request, as the reply names it. */
export interface ServedName {
  readonly name: string;
  readonly version: string;
}
