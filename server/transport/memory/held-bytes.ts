// What one call holds of its connection's share: the request until nobody uses it any more, the reply until its stream is
// closed.

import { ServingError } from '../../errors.ts';
import { bytesText } from '../../util/text.ts';
import type { ConnectionShare } from './byte-gate.ts';

export class HeldBytes {
  readonly #share: ConnectionShare;
  #request = 0;
  #reply = 0;

  constructor(share: ConnectionShare) {
    this.#share = share;
  }

  /** Takes bytes for the request; the refusal if they do not fit. */
  takeRequest(bytes: number): ServingError | undefined {
    const refusal = this.#take(bytes);
    if (refusal === undefined) this.#request += bytes;
    return refusal;
  }

  /** Takes bytes for the request and as many for its reply, or neither; the refusal if they do not fit. */
  takeBoth(bytes: number): ServingError | undefined {
    const refusal = this.#take(2 * bytes);
    if (refusal !== undefined) return refusal;
    this.#request += bytes;
    this.#reply += bytes;
    return undefined;
  }

  /** The reply has so many bytes: takes what is missing, or gives back what was taken too much; the refusal if it does not fit. */
  setReply(bytes: number): ServingError | undefined {
    const missing = bytes - this.#reply;
    if (missing < 0) this.#share.give(-missing);
    const refusal = missing > 0 ? this.#take(missing) : undefined;
    if (refusal === undefined) this.#reply = bytes;
    return refusal;
  }

  giveRequest(): void {
    if (this.#request > 0) this.#share.give(this.#request);
    this.#request = 0;
  }

  giveReply(): void {
    if (this.#reply > 0) this.#share.give(this.#reply);
    this.#reply = 0;
  }

  #take(bytes: number): ServingError | undefined {
    const gate = this.#share.take(bytes, this.#request + this.#reply);
    if (gate === undefined) return undefined;
    const [where, setting] = this.#share.isOwn(gate)
      ? ['held by this connection', 'max_connection_bytes']
      : ['in flight', 'max_bytes_in_flight'];
    return new ServingError(
      'OVERLOADED',
      `${bytesText(gate.held)} of messages are ${where}, the limit is ${bytesText(gate.limit)} (server.${setting})`,
    );
  }
}
