// One call from its first header to its end: it reads the message, hands it to its method, writes the reply and tells the
// observer, once, how it ended.
//
//   receiving ──► handled ──► replied ──► sent          the observer hears of it at "sent", of a failure when it is decided
//       └────────────┴── failed (our status) · gone (the caller's reset, or its deadline)
//
// Memory: the request's is given back by release(), the reply's when the stream has finished with it; what a broken stream
// may still be writing goes to the garbage collector instead of the pool.

import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { ServingError, toServingError } from '../../errors.ts';
import { Account, type CallObserver } from '../../inference/account.ts';
import type { EndCode } from '../../ledger/call-end.ts';
import { parseTraceparent } from '../../ledger/traceparent.ts';
import type { Exchanged, MessageStream, Method, UnaryMethod } from '../../protocol/protocol.ts';
import { bytesText } from '../../util/text.ts';
import { grpcStatus } from '../status.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { ConnectionShare } from './byte-gate.ts';
import { HeldBytes } from './held-bytes.ts';
import { inflate } from './inflate.ts';
import { MessageReader } from './message-reader.ts';
import { HEAD_SIZE, NOT_GRPC, OK_TRAILERS, REPLY_HEADERS, statusHeaders, writeHead } from './replies.ts';
import type { SpentReads } from './spent-reads.ts';
import { parseTimeout } from './timeout.ts';
import type { Watchdog, Watched } from './watchdog.ts';

/** What all calls of a server share. */
export interface CallHost {
  readonly pool: BufferPool;
  readonly reads: SpentReads;
  readonly watchdog: Watchdog;
  readonly observe: CallObserver;
  /** Longest message in bytes, in either direction. */
  readonly maxMessage: number;
  /** Milliseconds for a request to arrive, and for a reply to be read, beside the time its bytes take at the least rate. */
  readonly peerTimeoutMs: number;
}

/** A peer that moves fewer bytes in a millisecond than this may run into its timeout. */
const LEAST_RATE = 64;

/** Time a caller has after its deadline to read a reply that is on its way. */
const DEADLINE_GRACE_MS = 1000;

const LEAST_SLACK_MS = 10;
const LONGEST_SLACK_MS = 100;

/** When a caller may try again after a refusal for want of room, where nobody knows better (gRPC's retry design, "Server Pushback"). */
const PUSHBACK_MS = 100;

/** Longest timer of Node; later deadlines are looked at again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A server stream whose caller leaves more than this unread is ended. */
const MAX_UNREAD = 65_536;

const WITH_TRAILERS = { waitForTrailers: true, sendDate: false } as const;
const AT_ONCE = { endStream: true, sendDate: false } as const;

/** How far a call is. */
type State = 'receiving' | 'handled' | 'replied' | 'ended';

export class GrpcCall implements Exchanged, MessageStream, Watched {
  readonly account: Account;
  readonly deadlineAt: number;
  cancelled = false;
  readonly #stream: ServerHttp2Stream;
  readonly #host: CallHost;
  readonly #method: Method | undefined;
  readonly #path: string;
  readonly #reader: MessageReader;
  readonly #held: HeldBytes;
  readonly #encoding: string;
  readonly #startedAt: number;
  #state: State = 'receiving';
  #accounted = false;
  #received = 0;
  #sent = 0;
  #repliedAt = 0;
  /** Memory of the reply, head included. */
  #reserved: Buffer | undefined;
  #released = false;
  #trailers: Record<string, string | (() => string)> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #cancelListener: (() => void) | undefined;

  /** method: undefined for a path that this server does not have. */
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    method: Method | undefined,
    share: ConnectionShare,
    host: CallHost,
  ) {
    this.#stream = stream;
    this.#host = host;
    this.#method = method;
    this.#startedAt = performance.now();
    this.account = new Account(this.#startedAt);
    this.#path = text(headers, ':path');
    this.account.parent = parseTraceparent(text(headers, 'traceparent'));
    this.#reader = new MessageReader(host.pool, host.reads, host.maxMessage);
    this.#held = new HeldBytes(share);
    this.#encoding = text(headers, 'grpc-encoding');
    const timeout = text(headers, 'grpc-timeout');
    const timeoutMs = timeout === '' ? Number.POSITIVE_INFINITY : parseTimeout(timeout);
    this.deadlineAt = this.#startedAt + (timeoutMs ?? Number.POSITIVE_INFINITY);
    host.watchdog.add(this);
    stream.on('close', () => this.#close());
    stream.on('error', nothing);
    if (!text(headers, 'content-type').startsWith('application/grpc')) this.#refuseProtocol();
    else if (timeoutMs === undefined)
      this.fail(
        new ServingError('INVALID_ARGUMENT', `grpc-timeout: is ${JSON.stringify(timeout)}, want digits and a unit`),
      );
    else if (method === undefined)
      this.fail(new ServingError('UNSUPPORTED', `The server does not implement the method ${this.#path}`));
    else this.#receive();
  }

  get peer(): string {
    const socket = this.#stream.session?.socket;
    return socket?.remoteAddress === undefined ? 'unknown' : `${socket.remoteAddress}:${socket.remotePort}`;
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
    const refusal = this.#held.takeReply(bytes + HEAD_SIZE);
    if (refusal !== undefined) throw refusal;
    this.#reserved = this.#host.pool.take(bytes + HEAD_SIZE);
    return this.#reserved.subarray(HEAD_SIZE, HEAD_SIZE + bytes);
  }

  reply(message: Buffer): void {
    if (this.#state !== 'handled') return;
    const now = performance.now();
    if (now >= this.deadlineAt) return this.#expire();
    const frame = this.#frame(message);
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
    const { code, details } = grpcStatus(error);
    const headers = statusHeaders(code, details);
    if (error.code === 'OVERLOADED') this.trailer('grpc-retry-pushback-ms', String(PUSHBACK_MS));
    if (stream.headersSent) {
      stream.on('wantTrailers', () => this.#sendTrailers(headers));
      stream.end();
    } else stream.respond({ ...REPLY_HEADERS, ...headers, ...this.#trailerTexts() }, AT_ONCE);
    if (!whole) stream.close();
  }

  release(): void {
    this.#released = true;
    this.#reader.release();
    this.#held.giveRequest();
    if (this.#state === 'replied' || this.#reserved === undefined) return;
    this.#host.pool.give(this.#reserved);
    this.#reserved = undefined;
    if (this.#stream.closed) this.#held.giveReply();
  }

  send(message: Buffer): void {
    const stream = this.#stream;
    if (this.#state !== 'handled' || stream.destroyed || stream.closed) return;
    if (stream.writableLength > MAX_UNREAD) {
      stream.close(constants.NGHTTP2_CANCEL);
      return;
    }
    if (!stream.headersSent) stream.respond(REPLY_HEADERS, WITH_TRAILERS);
    const frame = this.#frame(message);
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
    const refusal = this.#held.takeRequest(piece.length);
    if (refusal !== undefined) return this.fail(refusal);
    try {
      this.#reader.push(piece);
    } catch (caught) {
      this.fail(toServingError(caught));
    }
  }

  #whole(): void {
    // A stream that was reset ends too; it is accounted for when it closes.
    if (this.#state !== 'receiving' || this.#stream.closed) return;
    try {
      const message = this.#reader.end();
      this.account.clock.whole(performance.now());
      this.#state = 'handled';
      if (this.#reader.compressed) this.#inflate(message);
      else this.#handle(message);
    } catch (caught) {
      this.#give(caught);
    }
  }

  #inflate(message: Buffer): void {
    const charge = (bytes: number): ServingError | undefined => this.#held.takeRequest(bytes);
    inflate(message, this.#encoding, this.#host.maxMessage, charge)
      .then((inflated) => {
        this.account.clock.whole(performance.now());
        this.#reader.release();
        if (this.#state === 'handled') this.#handle(inflated);
        else this.release();
      })
      .catch((caught) => this.#give(caught));
  }

  /** Hands the message to the method; whatever it throws is the call's failure. */
  #handle(message: Buffer): void {
    const method = this.#method as Method;
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

  /** The message with its head before it: in its own memory where that was reserved for it, else copied. */
  #frame(message: Buffer): Buffer {
    const reserved = this.#reserved;
    if (
      reserved !== undefined &&
      message.buffer === reserved.buffer &&
      message.byteOffset === reserved.byteOffset + HEAD_SIZE
    ) {
      writeHead(reserved, message.length);
      return reserved.subarray(0, HEAD_SIZE + message.length);
    }
    const frame = Buffer.allocUnsafe(HEAD_SIZE + message.length);
    writeHead(frame, message.length);
    message.copy(frame, HEAD_SIZE);
    return frame;
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
    if (this.#reserved !== undefined) this.#host.pool.give(this.#reserved);
    this.#reserved = undefined;
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
    this.#host.watchdog.delete(this);
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
    if (this.#released || this.#reserved === undefined) this.#held.giveReply();
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
    const { account } = this;
    const endedAt = performance.now();
    const times = account.clock.times(endedAt);
    this.#host.observe(
      {
        method: this.#path,
        servable: account.servable,
        version: account.model?.version ?? account.version,
        code,
        delivered: true,
        endedAt,
        totalNs: times.totalNs,
        times: account.model === undefined ? undefined : times,
        rows: code === 'OK' ? account.rows : 0,
        bytesIn: this.#received,
        bytesOut: this.#sent,
        requestId: account.requestId,
        peer: error === undefined ? '' : this.peer,
        parent: account.parent,
      },
      account,
      error,
    );
  }

  #limit(): string {
    return `${seconds(this.#host.peerTimeoutMs)} and a second for each ${bytesText(LEAST_RATE * 1000)} (server.peer_timeout)`;
  }
}

const nothing = (): void => {};

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A header as text; '' when it is absent or was sent more than once. */
function text(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}
