// One request of a conversation and its reply: a call to the method that answers it, with memory and an account of its own.
//
//   arriving ──► handled ──► answered ──► over        over is told once, with the code it came to

import type { ServingError } from '../../errors.ts';
import { Account, type CallObserver } from '../../inference/account.ts';
import type { Grant } from '../../inference/grant.ts';
import type { EndCode } from '../../ledger/call-end.ts';
import type { TraceParent } from '../../ledger/traceparent.ts';
import type { Exchanged } from '../../protocol/protocol.ts';
import { tellEnd } from '../call-record.ts';
import type { ConnectionShare } from '../memory/byte-gate.ts';
import { CallMemory, type MemoryHost } from './call-memory.ts';

/** What a turn needs of its conversation. */
export interface TurnHost {
  readonly path: string;
  readonly peer: string;
  readonly deadlineAt: number;
  readonly parent: TraceParent | undefined;
  /** What the caller may do. */
  readonly grant: Grant | undefined;
  readonly observe: CallObserver;
  /** True when the stream can carry no reply any more. */
  readonly isClosed: boolean;
  /** A turn was answered. */
  answered(): void;
  /** The deadline has passed. */
  expire(): void;
  fail(error: ServingError): void;
}

type State = 'arriving' | 'handled' | 'answered' | 'over';

export class Turn implements Exchanged {
  readonly account: Account;
  readonly deadlineAt: number;
  readonly memory: CallMemory;
  readonly startedAt: number;
  cancelled = false;
  /** Bytes of the message that have come, its head included. */
  received = 0;
  /** The reply with its head; undefined until it was answered. */
  frame: Buffer | undefined;
  answeredAt = 0;
  readonly #host: TurnHost;
  #state: State = 'arriving';
  #cancelListener: (() => void) | undefined;

  constructor(host: TurnHost, share: ConnectionShare, memory: MemoryHost) {
    this.#host = host;
    this.startedAt = performance.now();
    this.account = new Account(this.startedAt);
    this.account.parent = host.parent;
    this.account.grant = host.grant;
    this.deadlineAt = host.deadlineAt;
    this.memory = new CallMemory(share, memory);
  }

  get peer(): string {
    return this.#host.peer;
  }

  /** It may be answered. */
  get isOpen(): boolean {
    return this.#state === 'handled';
  }

  onCancelled(listener: (() => void) | undefined): void {
    this.#cancelListener = listener;
  }

  /** A stream has one set of trailers, which is no turn's. */
  trailer(): void {}

  reserve(bytes: number): Buffer {
    return this.memory.reserve(bytes);
  }

  borrow(bytes: number): Buffer {
    return this.memory.borrow(bytes);
  }

  reply(message: Buffer): void {
    if (this.#state !== 'handled') return;
    const now = performance.now();
    if (now >= this.deadlineAt) return this.#host.expire();
    this.frame = this.memory.frame(message);
    this.answeredAt = now;
    this.#state = 'answered';
    this.account.clock.replied(now);
    this.#host.answered();
  }

  fail(error: ServingError): void {
    if (this.#state === 'handled') this.#host.fail(error);
  }

  release(): void {
    const isReplied = this.#state === 'answered' || this.frame !== undefined;
    this.memory.release(isReplied, this.#host.isClosed || this.#state === 'over');
  }

  /** The message is whole. */
  handled(): void {
    this.account.clock.whole(performance.now());
    this.#state = 'handled';
  }

  /** The operating system has the reply. */
  sent(): void {
    const { failure } = this.account;
    this.#tell(failure?.code ?? 'OK', failure);
    this.memory.sent();
    this.memory.held.giveReply();
  }

  /** The conversation ends before the reply was sent. */
  end(error: ServingError): void {
    const before = this.#state;
    if (before === 'over') return;
    this.#tell(error.code, error);
    if (before === 'arriving') this.release();
    else this.memory.closed();
    this.cancelled = true;
    const listener = this.#cancelListener;
    this.#cancelListener = undefined;
    listener?.();
  }

  #tell(code: EndCode, error: ServingError | undefined): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    const { path: method, peer, observe } = this.#host;
    tellEnd(observe, this.account, {
      method,
      code,
      error,
      bytesIn: this.received,
      bytesOut: this.frame?.length ?? 0,
      peer,
    });
  }
}
