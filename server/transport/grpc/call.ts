// One call from its first header to its end: it reads the message, hands it to its method, writes the reply and tells the
// observer, once, how it ended.
//
//   receiving ──► handled ──► replied ──► sent          the observer hears of it at "sent", of a failure when it is decided
//       └────────────┴── failed (our status) · gone (the caller's reset, or its deadline)

import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { ServingError, toServingError } from '../../errors.ts';
import { Account, type CallObserver } from '../../inference/account.ts';
import type { Grant } from '../../inference/grant.ts';
import type { EndCode } from '../../ledger/call-end.ts';
import type { ConverseMethod, Exchanged, MessageStream, Method, UnaryMethod } from '../../protocol/protocol.ts';
import { bytesText } from '../../util/text.ts';
import { tellEnd } from '../call-record.ts';
import type { ConnectionShare } from '../memory/byte-gate.ts';
import { inflate } from '../memory/inflate.ts';
import type { Watchdog, Watched } from '../watchdog.ts';
import { type CallHead, readHead } from './call-head.ts';
import { CallMemory, type MemoryHost } from './call-memory.ts';
import { failureHeaders, NOT_GRPC, OK_TRAILERS, REPLY_HEADERS } from './replies.ts';
import type { SpentStreams } from './spent-streams.ts';

/** What all calls of a server share. */
export interface CallHost extends MemoryHost {
  readonly watchdog: Watchdog;
  readonly streams: SpentStreams;
  readonly observe: CallObserver;
  /** Milliseconds for a request to arrive, and for a reply to be read, beside the time its bytes take at the least rate. */
  readonly peerTimeoutMs: number;
}

/** A peer that moves fewer bytes in a millisecond than this may run into its timeout. */
export const LEAST_RATE: number = 64;

/** Time a caller has after its deadline to read a reply that is on its way. */
export const DEADLINE_GRACE_MS: number = 1000;

const LEAST_SLACK_MS = 10;
const LONGEST_SLACK_MS = 100;

/** Longest timer of Node; later deadlines are looked at again. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** A server stream whose caller leaves more than this unread is ended. */
const MAX_UNREAD = 65_536;

export const WITH_TRAILERS: { readonly waitForTrailers: true; readonly sendDate: false } = {
  waitForTrailers: true,
  sendDate: false,
};
export const AT_ONCE: { readonly endStream: true; readonly sendDate: false } = { endStream: true, sendDate: false };

/** Methods with one request message. */
type Answering = Exclude<Method, ConverseMethod>;

/** How far a call is. */
type State = 'receiving' | 'handled' | 'replied' | 'ended';

export class GrpcCall implements Exchanged, MessageStream, Watched {
  readonly account: Account;
  readonly deadlineAt: number;
  cancelled = false;
  readonly #stream: ServerHttp2Stream;
  readonly #host: CallHost;
  readonly #method: Answering | undefined;
  readonly #head: CallHead;
  readonly #memory: CallMemory;
  readonly #startedAt: number;
  readonly #watch: number;
  #state: State = 'receiving';
  #accounted = false;
  #received = 0;
  #sent = 0;
  #repliedAt = 0;
  #trailers: Record<string, string | (() => string)> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #cancelListener: (() => void) | undefined;

  /** method: undefined for a path that this server does not have. access: what the caller may do, or why it may not make this call. */
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    method: Answering | undefined,
    share: ConnectionShare,
    host: CallHost,
    access?: Grant | ServingError,
  ) {
    this.#stream = stream;
    this.#host = host;
    this.#method = method;
    this.#startedAt = performance.now();
    this.account = new Account(this.#startedAt);
    if (!(access instanceof ServingError)) this.account.grant = access;
    this.#head = readHead(headers, this.#startedAt);
    this.account.parent = this.#head.parent;
    this.#memory = new CallMemory(share, host);
    this.deadlineAt = this.#head.deadlineAt;
    this.#watch = host.watchdog.add(this);
    stream.on('close', () => this.#close());
    stream.on('error', nothing);
    if (!this.#head.isGrpc) this.#refuseProtocol();
    else if (this.#head.problem !== undefined) this.fail(this.#head.problem);
    else if (access instanceof ServingError) this.fail(access);
    else if (method === undefined)
      this.fail(new ServingError('UNSUPPORTED', `The server does not implement the method ${this.#head.path}`));
    else this.#receive();
  }

  get peer(): string {
    return peerOf(this.#stream);
  }

  get overdueAt(): number {
    const { peerTimeoutMs } = this.#host;
    if (this.#state === 'receiving') return this.#startedAt + peerTimeoutMs + this.#received / LEAST_RATE;
    if (this.#state !== 'replied') return Number.POSITIVE_INFINITY;
    return Math.min(this.deadlineAt + DEADLINE_GRACE_MS, this.#repliedAt + peerTimeoutMs + this.#sent / LEAST_RATE);
  }

  overdue(): void {
    if (this.#state === 'receiving') {
      const found = `${bytesText(this.#received)} of the request came in ${seconds(performance.now() - this.#startedAt)}`;
      this.fail(new ServingError('DEADLINE_EXCEEDED', `${found}, the limit is ${this.#limit()}`));
    } else if (this.#state === 'replied') {
      const error =
        performance.now() >= this.deadlineAt
          ? new ServingError('DEADLINE_EXCEEDED', 'the deadline passed before the reply was read')
          : new ServingError('CANCELLED', `the reply was not read, the limit is ${this.#limit()}`);
      this.#account(error.code, error);
      this.#stream.close(constants.NGHTTP2_CANCEL);
    }
  }

  onCancelled(listener: (() => void) | undefined): void {
    this.#cancelListener = listener;
  }

  trailer(key: string, value: string | (() => string)): void {
    this.#trailers ??= {};
    this.#trailers[key] = value;
  }

  reserve(bytes: number): Buffer {
    return this.#memory.reserve(bytes);
  }

  borrow(bytes: number): Buffer {
    return this.#memory.borrow(bytes);
  }

  reply(message: Buffer): void {
    if (this.#state !== 'handled') return;
    const now = performance.now();
    if (now >= this.deadlineAt) return this.#expire();
    const frame = this.#memory.frame(message);
    this.#state = 'replied';
    this.#repliedAt = now;
    this.#sent = frame.length;
    this.account.clock.replied(now);
    clearTimeout(this.#timer);
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    stream.respond(REPLY_HEADERS, WITH_TRAILERS);
    stream.on('wantTrailers', () => this.#sendTrailers(OK_TRAILERS));
    stream.on('finish', () => this.#finished());
    stream.end(frame);
  }

  fail(error: ServingError): void {
    if (this.#state === 'replied' || this.#state === 'ended') return;
    const whole = this.#state === 'handled';
    this.#end();
    this.#account(error.code, error);
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    const headers = failureHeaders(error);
    if (stream.headersSent) {
      stream.on('wantTrailers', () => this.#sendTrailers(headers.trailers));
      stream.end();
    } else if (this.#trailers === undefined) stream.respond(headers.alone, AT_ONCE);
    else stream.respond({ ...headers.alone, ...this.#trailerTexts() }, AT_ONCE);
    if (!whole) stream.close();
  }

  release(): void {
    this.#memory.release(this.#state === 'replied', this.#stream.closed);
  }

  send(message: Buffer): void {
    const stream = this.#stream;
    if (this.#state !== 'handled' || stream.destroyed || stream.closed) return;
    if (stream.writableLength > MAX_UNREAD) {
      stream.close(constants.NGHTTP2_CANCEL);
      return;
    }
    if (!stream.headersSent) stream.respond(REPLY_HEADERS, WITH_TRAILERS);
    const frame = this.#memory.frame(message);
    this.#sent += frame.length;
    stream.write(frame);
  }

  end(): void {
    if (this.#state !== 'handled') return;
    this.#end();
    this.#account('OK', undefined);
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    if (!stream.headersSent) stream.respond(REPLY_HEADERS, WITH_TRAILERS);
    stream.on('wantTrailers', () => this.#sendTrailers(OK_TRAILERS));
    stream.end();
  }

  #receive(): void {
    this.#armDeadline();
    this.#stream.on('data', (piece: Buffer) => this.#take(piece));
    this.#stream.on('end', () => this.#whole());
  }

  #armDeadline(): void {
    if (this.deadlineAt === Number.POSITIVE_INFINITY) return;
    const left = Math.max(0, this.deadlineAt - performance.now());
    this.#timer = setTimeout(
      () => (performance.now() >= this.deadlineAt ? this.#expire() : this.#armDeadline()),
      Math.min(Math.ceil(left), LONGEST_TIMER_MS),
    );
  }

  #expire(): void {
    if (this.#state === 'replied' || this.#state === 'ended') return;
    const doing = this.#state === 'receiving' ? 'arrived' : 'was answered';
    this.fail(new ServingError('DEADLINE_EXCEEDED', `the deadline passed before the request ${doing}`));
    this.#cancel();
  }

  #take(piece: Buffer): void {
    if (this.#state !== 'receiving') return;
    if (this.#received === 0) this.account.clock.received(performance.now());
    this.#received += piece.length;
    const refusal = this.#memory.held.takeRequest(piece.length);
    if (refusal !== undefined) return this.fail(refusal);
    try {
      this.#memory.reader.push(piece);
    } catch (caught) {
      this.fail(toServingError(caught));
    }
  }

  #whole(): void {
    // A stream that was reset ends too; it is accounted for when it closes.
    if (this.#state !== 'receiving' || this.#stream.closed) return;
    try {
      const message = this.#memory.reader.end();
      this.account.clock.whole(performance.now());
      this.#state = 'handled';
      if (this.#memory.reader.compressed) this.#inflate(message);
      else this.#handle(message);
    } catch (caught) {
      this.#give(caught);
    }
  }

  #inflate(message: Buffer): void {
    const charge = (bytes: number): ServingError | undefined => this.#memory.held.takeRequest(bytes);
    inflate(message, this.#head.encoding, this.#host.maxMessage, charge)
      .then((inflated) => {
        this.account.clock.whole(performance.now());
        this.#memory.reader.release();
        if (this.#state === 'handled') this.#handle(inflated);
        else this.release();
      })
      .catch((caught) => this.#give(caught));
  }

  /** Hands the message to the method; whatever it throws is the call's failure. */
  #handle(message: Buffer): void {
    const method = this.#method as Answering;
    if ('exchange' in method) method.exchange(message, this);
    else if ('open' in method) {
      method.open(message, this);
      this.release();
    } else this.#answer(method, message);
  }

  #answer(method: UnaryMethod, message: Buffer): void {
    if (method.maxBytes !== undefined && message.length > method.maxBytes) {
      throw new ServingError(
        'TOO_LARGE',
        `a request message of ${message.length} bytes, the limit of this call is ${method.maxBytes}`,
      );
    }
    const answer = method.handle(message, this);
    if (!(answer instanceof Promise)) {
      this.reply(answer);
      this.release();
      return;
    }
    answer
      .then(
        (reply) => this.reply(reply),
        (caught) => this.fail(toServingError(caught)),
      )
      .finally(() => this.release());
  }

  /** A failure before the method took the call over. */
  #give(caught: unknown): void {
    this.fail(toServingError(caught));
    this.release();
  }

  #sendTrailers(status: OutgoingHttpHeaders): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    stream.sendTrailers(this.#trailers === undefined ? status : { ...status, ...this.#trailerTexts() });
  }

  #trailerTexts(): OutgoingHttpHeaders {
    const entries = Object.entries(this.#trailers ?? {});
    return Object.fromEntries(entries.map(([key, value]) => [key, typeof value === 'string' ? value : value()]));
  }

  /** The operating system has the whole reply. */
  #finished(): void {
    const { failure } = this.account;
    this.#account(failure?.code ?? 'OK', failure);
    this.#memory.sent();
  }

  #refuseProtocol(): void {
    this.#end();
    const error = new ServingError('INVALID_ARGUMENT', 'content-type is not application/grpc');
    this.#account(error.code, error);
    this.#stream.respond(NOT_GRPC, AT_ONCE);
    this.#stream.close();
  }

  /** The stream is gone, for whatever reason. */
  #close(): void {
    this.#host.watchdog.delete(this.#watch);
    if (this.#state === 'receiving' || this.#state === 'handled') {
      const late = performance.now() >= this.deadlineAt - this.#slack();
      this.#end();
      const error = late
        ? new ServingError('DEADLINE_EXCEEDED', 'the deadline passed before the request was answered')
        : new ServingError('CANCELLED', 'the caller went away');
      this.#account(error.code, error);
      this.#cancel();
    } else if (!this.#accounted) {
      const error = new ServingError('CANCELLED', 'the caller went away before the reply was sent');
      this.#account(error.code, error);
    }
    this.#memory.closed();
    const stream = this.#stream;
    if (stream.writableFinished && stream.readableEnded && stream.rstCode === constants.NGHTTP2_NO_ERROR)
      this.#host.streams.add(stream);
  }

  /** A caller that resets its call this close to the deadline does so because of it: its clock began before ours. */
  #slack(): number {
    return Math.min(LONGEST_SLACK_MS, Math.max(LEAST_SLACK_MS, (this.deadlineAt - this.#startedAt) / 20));
  }

  #end(): void {
    const receiving = this.#state === 'receiving';
    this.#state = 'ended';
    clearTimeout(this.#timer);
    if (receiving) this.release();
  }

  #cancel(): void {
    this.cancelled = true;
    const listener = this.#cancelListener;
    this.#cancelListener = undefined;
    listener?.();
  }

  #account(code: EndCode, error: ServingError | undefined): void {
    if (this.#accounted) return;
    this.#accounted = true;
    tellEnd(this.#host.observe, this.account, {
      method: this.#head.path,
      code,
      error,
      bytesIn: this.#received,
      bytesOut: this.#sent,
      peer: error === undefined ? '' : this.peer,
    });
  }

  #limit(): string {
    return peerLimit(this.#host.peerTimeoutMs);
  }
}

/** How long a peer may take, for the words of a failure. */
export function peerLimit(peerTimeoutMs: number): string {
  return `${seconds(peerTimeoutMs)} and a second for each ${bytesText(LEAST_RATE * 1000)} (server.peer_timeout)`;
}

/** Address of the peer. */
export function peerOf(stream: ServerHttp2Stream): string {
  const socket = stream.session?.socket;
  return socket?.remoteAddress === undefined ? 'unknown' : `${socket.remoteAddress}:${socket.remotePort}`;
}

const nothing = (): void => {};

/** A duration for the words of a failure. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
