// A stream of requests with a reply for each, in their order. Each request is a turn with an account of its own; the stream itself is
// told of only where it carried none.
//
//   piece ─► arriving turn ─► handled … answered ─► written, in the order of requests ─► sent
//               │
//               └ no room in the byte gate, or many turns open: the stream is not read until one of them is over
//
// So a caller that sends faster than it is answered, or does not read, is slowed by flow control and not refused. Only what cannot get
// room by waiting is: a message that does not fit while no turn of its stream is open. Room is taken for a reply as large as the request,
// so that a request that was read does not lack it.

import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { ServingError, toServingError } from '../../errors.ts';
import { Account } from '../../inference/account.ts';
import type { Grant } from '../../inference/grant.ts';
import type { ConverseMethod } from '../../protocol/protocol.ts';
import { bytesText } from '../../util/text.ts';
import { tellEnd } from '../call-record.ts';
import type { ConnectionShare } from '../memory/byte-gate.ts';
import { inflate } from '../memory/inflate.ts';
import type { Watched } from '../watchdog.ts';
import {
  AT_ONCE,
  type CallHost,
  DEADLINE_GRACE_MS,
  LEAST_RATE,
  LONGEST_TIMER_MS,
  peerLimit,
  peerOf,
  seconds,
  WITH_TRAILERS,
} from './call.ts';
import { type CallHead, readHead } from './call-head.ts';
import { failureHeaders, NOT_GRPC, OK_TRAILERS, REPLY_HEADERS } from './replies.ts';
import { Turn, type TurnHost } from './turn.ts';

/** Requests of one stream that are computed, or whose replies are not read, at one time. */
export const MAX_TURNS = 64;

/** A reset this close to the deadline is its doing. */
const SLACK_MS = 100;

export class Conversation implements Watched, TurnHost {
  readonly deadlineAt: number;
  readonly grant: Grant | undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #method: ConverseMethod;
  readonly #share: ConnectionShare;
  readonly #host: CallHost;
  readonly #head: CallHead;
  readonly #account: Account;
  readonly #watch: number;
  readonly #ended: (conversation: Conversation) => void;
  /** Whole requests whose replies are not with the operating system, in order; the first `#written` of them are being sent. */
  readonly #turns: Turn[] = [];
  #written = 0;
  #arriving: Turn | undefined;
  /** Bytes that were read and have no room. */
  #waiting: Buffer | undefined;
  #isPaused = false;
  #isWhole = false;
  #isDraining = false;
  /** When the end was decided; 0 before. */
  #overAt = 0;
  #had = false;
  #timer: NodeJS.Timeout | undefined;

  /** grant: what the caller may do. ended: called when the stream is closed. */
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    method: ConverseMethod,
    share: ConnectionShare,
    host: CallHost,
    grant: Grant | undefined,
    ended: (conversation: Conversation) => void,
  ) {
    const startedAt = performance.now();
    this.#stream = stream;
    this.#method = method;
    this.#share = share;
    this.#host = host;
    this.grant = grant;
    this.#ended = ended;
    this.#head = readHead(headers, startedAt);
    this.#account = new Account(startedAt);
    this.deadlineAt = this.#head.deadlineAt;
    this.#watch = host.watchdog.add(this);
    stream.on('close', () => this.#close());
    stream.on('error', () => {});
    if (this.#head.isGrpc) this.#open();
    else this.#refuseProtocol();
  }

  #open(): void {
    const stream = this.#stream;
    stream.respond(REPLY_HEADERS, WITH_TRAILERS);
    if (this.#head.problem !== undefined) return this.fail(this.#head.problem);
    this.#armDeadline();
    stream.on('data', (piece: Buffer) => this.#take(piece));
    stream.on('end', () => this.#whole());
  }

  get path(): string {
    return this.#head.path;
  }

  get peer(): string {
    return peerOf(this.#stream);
  }

  get parent(): CallHead['parent'] {
    return this.#head.parent;
  }

  get observe(): CallHost['observe'] {
    return this.#host.observe;
  }

  get isClosed(): boolean {
    return this.#stream.closed;
  }

  /** Pieces of reads lie in the stream unseen. */
  get holdsReads(): boolean {
    return this.#isPaused || this.#stream.readableLength > 0;
  }

  get overdueAt(): number {
    const { peerTimeoutMs } = this.#host;
    if (this.#overAt > 0) return this.#overAt + DEADLINE_GRACE_MS + peerTimeoutMs;
    return Math.min(this.#receivedBy(), this.#readBy());
  }

  /** When the message that is arriving has to be there. */
  #receivedBy(): number {
    const turn = this.#arriving;
    if (turn === undefined || this.#isPaused) return Number.POSITIVE_INFINITY;
    return turn.startedAt + this.#host.peerTimeoutMs + turn.received / LEAST_RATE;
  }

  /** When the first of the replies has to be read. */
  #readBy(): number {
    const turn = this.#written > 0 ? this.#turns[0] : undefined;
    if (turn === undefined) return Number.POSITIVE_INFINITY;
    return turn.answeredAt + this.#host.peerTimeoutMs + (turn.frame?.length ?? 0) / LEAST_RATE;
  }

  overdue(): void {
    const now = performance.now();
    const turn = this.#arriving;
    const limit = peerLimit(this.#host.peerTimeoutMs);
    if (this.#overAt > 0) this.#stream.close(constants.NGHTTP2_CANCEL);
    else if (turn !== undefined && this.#receivedBy() <= now) {
      const found = `${bytesText(turn.received)} of a request came in ${seconds(now - turn.startedAt)}`;
      this.fail(new ServingError('DEADLINE_EXCEEDED', `${found}, the limit is ${limit}`));
    } else {
      this.#end(new ServingError('CANCELLED', `the reply was not read, the limit is ${limit}`));
      this.#stream.close(constants.NGHTTP2_CANCEL);
    }
  }

  /** Takes no more requests; ends, with a failure that says so, when those there are were answered. */
  drain(): void {
    this.#isDraining = true;
    this.#endIfDrained();
  }

  expire(): void {
    this.fail(new ServingError('DEADLINE_EXCEEDED', 'the deadline of the stream passed'));
  }

  /** Ends the stream and everything on it with a failure. */
  fail(error: ServingError): void {
    if (this.#overAt > 0) return;
    this.#end(error);
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    this.#finish(failureHeaders(error).trailers);
  }

  answered(): void {
    const stream = this.#stream;
    for (;;) {
      const turn = this.#turns[this.#written];
      if (turn?.frame === undefined || stream.destroyed || stream.closed) return;
      this.#written += 1;
      stream.write(turn.frame, (error) => {
        if (error === undefined || error === null) this.#sent(turn);
      });
    }
  }

  #sent(turn: Turn): void {
    if (this.#turns[0] !== turn) return;
    this.#turns.shift();
    this.#written -= 1;
    turn.sent();
    this.#goOn();
  }

  /** A turn is over: there may be room for what waits. */
  #goOn(): void {
    if (this.#overAt > 0) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.#take(waiting);
    if (this.#isPaused && this.#waiting === undefined) {
      this.#isPaused = false;
      this.#stream.resume();
    }
    if (this.#isWhole && this.#turns.length === 0 && this.#arriving === undefined) this.#finishWell();
    this.#endIfDrained();
  }

  #take(piece: Buffer): void {
    let rest = piece;
    while (rest.length > 0 && this.#overAt === 0) {
      if (this.#arriving === undefined && this.#isDraining) return;
      if (this.#arriving === undefined && this.#turns.length >= MAX_TURNS) return this.#wait(rest);
      this.#arriving ??= new Turn(this, this.#share, this.#host);
      const turn = this.#arriving;
      this.#had = true;
      const own = turn.memory.reader.belonging(rest);
      const refusal = turn.memory.held.takeBoth(own);
      if (refusal !== undefined) {
        if (this.#turns.length > 0) return this.#wait(rest);
        return this.fail(refusal);
      }
      if (!this.#push(turn, rest.subarray(0, own))) return;
      rest = rest.subarray(own);
    }
  }

  /** The next bytes of the message that is arriving; false when the stream has failed. */
  #push(turn: Turn, piece: Buffer): boolean {
    if (turn.received === 0) turn.account.clock.received(performance.now());
    turn.received += piece.length;
    const { reader } = turn.memory;
    try {
      reader.push(piece);
    } catch (caught) {
      this.fail(toServingError(caught));
      return false;
    }
    if (reader.isWhole) {
      this.#arriving = undefined;
      this.#turns.push(turn);
      this.#handle(turn);
    }
    return true;
  }

  #wait(rest: Buffer): void {
    this.#host.reads.keep(rest);
    this.#waiting = rest;
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#stream.pause();
  }

  #handle(turn: Turn): void {
    const { reader, held } = turn.memory;
    turn.handled();
    try {
      const message = reader.end();
      if (!reader.compressed) return this.#method.converse(message, turn);
      const charge = (bytes: number): ServingError | undefined => held.takeRequest(bytes);
      inflate(message, this.#head.encoding, this.#host.maxMessage, charge)
        .then((inflated) => {
          turn.account.clock.whole(performance.now());
          reader.release();
          if (turn.isOpen) this.#method.converse(inflated, turn);
          else turn.release();
        })
        .catch((caught) => this.#give(turn, caught));
    } catch (caught) {
      this.#give(turn, caught);
    }
  }

  /** A failure before the method took the turn over. */
  #give(turn: Turn, caught: unknown): void {
    this.fail(toServingError(caught));
    turn.release();
  }

  /** The caller has sent everything. */
  #whole(): void {
    if (this.#overAt > 0 || this.#stream.closed) return;
    this.#isWhole = true;
    if (this.#arriving !== undefined)
      this.fail(new ServingError('INVALID_ARGUMENT', 'request message: the stream ends inside it'));
    else if (this.#turns.length === 0) this.#finishWell();
  }

  #finishWell(): void {
    if (this.#overAt > 0) return;
    this.#overAt = performance.now();
    clearTimeout(this.#timer);
    this.#tellEmpty(undefined);
    this.#finish(OK_TRAILERS);
  }

  #endIfDrained(): void {
    if (this.#isDraining && this.#overAt === 0 && this.#turns.length === 0 && this.#arriving === undefined)
      this.fail(new ServingError('NOT_READY', 'the server is shutting down'));
  }

  #finish(status: OutgoingHttpHeaders): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    stream.on('wantTrailers', () => {
      if (stream.destroyed || stream.closed) return;
      stream.sendTrailers(status);
      // What the caller still sends is not read.
      if (!this.#isWhole) setImmediate(() => stream.close());
    });
    stream.end();
  }

  #refuseProtocol(): void {
    this.#end(new ServingError('INVALID_ARGUMENT', 'content-type is not application/grpc'));
    this.#stream.respond(NOT_GRPC, AT_ONCE);
    this.#stream.close();
  }

  #armDeadline(): void {
    if (this.deadlineAt === Number.POSITIVE_INFINITY) return;
    const left = Math.max(0, this.deadlineAt - performance.now());
    this.#timer = setTimeout(
      () => (performance.now() >= this.deadlineAt ? this.expire() : this.#armDeadline()),
      Math.min(Math.ceil(left), LONGEST_TIMER_MS),
    );
  }

  /** The stream is gone, for whatever reason. */
  #close(): void {
    this.#host.watchdog.delete(this.#watch);
    this.#ended(this);
    const isLate = performance.now() >= this.deadlineAt - SLACK_MS;
    this.#end(
      isLate
        ? new ServingError('DEADLINE_EXCEEDED', 'the deadline of the stream passed')
        : new ServingError('CANCELLED', 'the caller went away'),
    );
  }

  /** Ends every turn that is not over. */
  #end(error: ServingError): void {
    if (this.#overAt === 0) {
      this.#overAt = performance.now();
      clearTimeout(this.#timer);
      this.#waiting = undefined;
      this.#tellEmpty(error);
    }
    this.#written = 0;
    const turns = this.#turns.splice(0);
    if (this.#arriving !== undefined) turns.push(this.#arriving);
    this.#arriving = undefined;
    for (const turn of turns) turn.end(error);
  }

  /** The end of a stream on which nothing was asked. */
  #tellEmpty(error: ServingError | undefined): void {
    if (this.#had) return;
    this.#had = true;
    tellEnd(this.#host.observe, this.#account, {
      method: this.path,
      code: error?.code ?? 'OK',
      error,
      bytesIn: 0,
      bytesOut: 0,
      peer: this.peer,
    });
  }
}
