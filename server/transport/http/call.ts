// One call of a protocol over HTTP from its headers to its end: it reads the body, hands it to its route, sends the reply and tells
// the observer, once, how it ended.
//
//   receiving ──► handled ──► replied ──► sent          the observer hears of it at "sent", of a failure when it is decided
//       └────────────┴── failed (our status) · gone (the client went away)

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServingError, toServingError } from '../../errors.ts';
import { Account, type CallObserver } from '../../inference/account.ts';
import type { Grant } from '../../inference/grant.ts';
import type { EndCode } from '../../ledger/call-end.ts';
import { parseTraceparent } from '../../ledger/traceparent.ts';
import type { HttpCallRoute, HttpExchanged, HttpReply } from '../../protocol/http-route.ts';
import { bytesText, quote } from '../../util/text.ts';
import { tellEnd } from '../call-record.ts';
import type { BufferPool } from '../memory/buffer-pool.ts';
import type { ConnectionShare } from '../memory/byte-gate.ts';
import { HeldBytes } from '../memory/held-bytes.ts';
import { inflate } from '../memory/inflate.ts';
import type { Watchdog, Watched } from '../watchdog.ts';
import { type Coding, codingFor, compress } from './coding.ts';
import { errorReply, headersOf, piecesOf } from './reply.ts';

/** The route of a call and the named segments of its path. */
export interface AskedCall {
  readonly route: HttpCallRoute;
  readonly params: Readonly<Record<string, string>>;
  /** What the caller may do, or why it may not make this call; undefined where everybody may. */
  readonly access: Grant | ServingError | undefined;
}

/** What all calls of the port share. */
export interface HttpCallHost {
  readonly pool: BufferPool;
  readonly watchdog: Watchdog;
  readonly observe: CallObserver;
  /** Longest body in bytes, in either direction. */
  readonly maxMessage: number;
  /** Milliseconds for a request to arrive, and for a reply to be read, beside the time its bytes take at the least rate. */
  readonly peerTimeoutMs: number;
  /** The server stops: connections are to be closed behind their replies. */
  readonly draining: boolean;
}

/** A peer that moves fewer bytes in a millisecond than this may run into its timeout. */
const leastRate = 64;

type State = 'receiving' | 'handled' | 'replied' | 'ended';

export class HttpCall implements HttpExchanged, Watched {
  readonly account: Account;
  readonly params: Readonly<Record<string, string>>;
  /** HTTP has no deadline of its own. */
  readonly deadlineAt: number = Number.POSITIVE_INFINITY;
  cancelled = false;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #route: HttpCallRoute;
  readonly #host: HttpCallHost;
  readonly #held: HeldBytes;
  readonly #startedAt: number = performance.now();
  readonly #watch: number;
  readonly #pieces: Buffer[] = [];
  readonly #peer: string;
  #state: State = 'receiving';
  #accounted = false;
  #received = 0;
  #sent = 0;
  #repliedAt = 0;
  /** Memory of the body, and of a piece of the reply. */
  #body: Buffer | undefined;
  #reserved: Buffer | undefined;
  #borrowed: Buffer[] | undefined;
  #released = false;
  #cancelListener: (() => void) | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    { route, params, access }: AskedCall,
    share: ConnectionShare,
    host: HttpCallHost,
  ) {
    this.#request = request;
    this.#response = response;
    this.#route = route;
    this.#host = host;
    this.params = params;
    this.#held = new HeldBytes(share);
    this.account = new Account(this.#startedAt);
    this.account.parent = parseTraceparent(this.header('traceparent'));
    const { remoteAddress, remotePort } = request.socket;
    this.#peer = remoteAddress === undefined ? 'unknown' : `${remoteAddress}:${remotePort}`;
    this.#watch = host.watchdog.add(this);
    response.on('close', () => this.#close());
    response.on('finish', () => this.#finished());
    request.on('error', () => undefined);
    if (!(access instanceof ServingError)) this.account.grant = access;
    if (access instanceof ServingError) this.fail(access);
    else if (host.draining) this.fail(new ServingError('NOT_READY', 'the server is shutting down'));
    else this.#receive();
  }

  get peer(): string {
    return this.#peer;
  }

  get overdueAt(): number {
    const { peerTimeoutMs } = this.#host;
    if (this.#state === 'receiving') return this.#startedAt + peerTimeoutMs + this.#received / leastRate;
    if (this.#state !== 'replied') return Number.POSITIVE_INFINITY;
    return this.#repliedAt + peerTimeoutMs + this.#sent / leastRate;
  }

  overdue(): void {
    const limit = `${(this.#host.peerTimeoutMs / 1000).toFixed(1)} s (server.peer_timeout)`;
    if (this.#state === 'receiving') {
      const found = `${bytesText(this.#received)} of the request had come`;
      this.fail(new ServingError('DEADLINE_EXCEEDED', `${found} at the end of ${limit}`));
    } else if (this.#state === 'replied') {
      const error = new ServingError('CANCELLED', `the reply was not read, the limit is ${limit}`);
      this.#account(error.code, error);
      this.#response.destroy();
    }
  }

  header(name: string): string {
    const value = this.#request.headers[name];
    return typeof value === 'string' ? value : '';
  }

  onCancelled(listener: (() => void) | undefined): void {
    this.#cancelListener = listener;
  }

  reserve(bytes: number): Buffer {
    const refusal = this.#held.setReply(bytes);
    if (refusal !== undefined) throw refusal;
    this.#reserved = this.#host.pool.take(bytes);
    return this.#reserved.subarray(0, bytes);
  }

  borrow(bytes: number): Buffer {
    const refusal = this.#held.takeRequest(bytes);
    if (refusal !== undefined) throw refusal;
    const memory = this.#host.pool.take(bytes);
    this.#borrowed ??= [];
    this.#borrowed.push(memory);
    return memory.subarray(0, bytes);
  }

  answer(reply: HttpReply): void {
    if (this.#state !== 'handled') return;
    this.#state = 'replied';
    const pieces = piecesOf(reply.body);
    const coding = codingFor(this.header('accept-encoding'), pieces);
    if (coding === undefined) this.#send(reply, pieces);
    else void this.#compress(reply, pieces, coding);
  }

  fail(error: ServingError): void {
    if (this.#state === 'replied' || this.#state === 'ended') return;
    this.#account(error.code, error);
    const receiving = this.#state === 'receiving';
    this.#state = 'ended';
    if (receiving) this.release();
    const reply = errorReply(error);
    this.#write(reply, piecesOf(reply.body));
  }

  release(): void {
    this.#released = true;
    if (this.#body !== undefined) this.#host.pool.give(this.#body);
    this.#body = undefined;
    for (const memory of this.#borrowed ?? []) this.#host.pool.give(memory);
    this.#borrowed = undefined;
    this.#held.giveRequest();
    if (this.#state === 'replied' || this.#reserved === undefined) return;
    this.#host.pool.give(this.#reserved);
    this.#reserved = undefined;
    if (this.#response.closed) this.#held.giveReply();
  }

  get #max(): number {
    return Math.min(this.#route.maxBytes ?? this.#host.maxMessage, this.#host.maxMessage);
  }

  #receive(): void {
    const announced = Number(this.header('content-length'));
    if (announced > this.#max) return this.fail(this.#tooLarge(`of ${announced} bytes`));
    const coding = this.#coding;
    if (coding !== '' && coding !== 'gzip' && coding !== 'deflate') {
      const text = `content-encoding: is ${quote(coding)}, want gzip, deflate or identity`;
      return this.fail(new ServingError('UNSUPPORTED', text));
    }
    this.#request.on('data', (piece: Buffer) => this.#take(piece));
    this.#request.on('end', () => this.#whole());
  }

  /** '' for none. */
  get #coding(): string {
    const coding = this.header('content-encoding').trim().toLowerCase();
    return coding === 'identity' ? '' : coding;
  }

  #tooLarge(what: string): ServingError {
    const limit = `the limit is ${this.#max} bytes (${bytesText(this.#max)}${this.#route.maxBytes === undefined ? ', server.max_message' : ''})`;
    return new ServingError('TOO_LARGE', `a request body ${what}, ${limit}`);
  }

  #take(piece: Buffer): void {
    if (this.#state !== 'receiving') return;
    if (this.#received === 0) this.account.clock.received(performance.now());
    this.#received += piece.length;
    if (this.#received > this.#max) return this.fail(this.#tooLarge(`of more than ${this.#max} bytes`));
    const refusal = this.#held.takeRequest(piece.length);
    if (refusal !== undefined) return this.fail(refusal);
    this.#pieces.push(piece);
  }

  #whole(): void {
    if (this.#state !== 'receiving') return;
    this.#state = 'handled';
    const body = this.#join();
    this.account.clock.whole(performance.now());
    if (this.#coding === '') return this.#handle(body);
    const charge = (bytes: number): ServingError | undefined => this.#held.takeRequest(bytes);
    inflate(body, this.#coding, this.#max, charge).then(
      (inflated) => {
        this.account.clock.whole(performance.now());
        if (this.#state === 'handled') this.#handle(inflated);
        else this.release();
      },
      (caught) => this.#refuse(caught),
    );
  }

  /** The body in one piece: the one it came in, or memory of the pool. */
  #join(): Buffer {
    const pieces = this.#pieces.splice(0);
    const [only] = pieces;
    if (only === undefined) return Buffer.alloc(0);
    if (pieces.length === 1) return only;
    const memory = this.#host.pool.take(this.#received);
    this.#body = memory;
    let at = 0;
    for (const piece of pieces) at += piece.copy(memory, at);
    return memory.subarray(0, at);
  }

  #handle(body: Buffer): void {
    try {
      this.#route.exchange(body, this);
    } catch (caught) {
      this.#refuse(caught);
    }
  }

  #refuse(caught: unknown): void {
    this.fail(toServingError(caught));
    this.release();
  }

  async #compress(reply: HttpReply, pieces: readonly Uint8Array[], coding: Coding): Promise<void> {
    try {
      const body = await compress(pieces, coding);
      this.#send({ ...reply, headers: { ...reply.headers, 'content-encoding': coding, vary: 'accept-encoding' } }, [
        body,
      ]);
    } catch {
      this.#send(reply, pieces);
    }
  }

  #send(reply: HttpReply, pieces: readonly Uint8Array[]): void {
    const now = performance.now();
    this.account.clock.replied(now);
    this.#repliedAt = now;
    this.#write(reply, pieces);
  }

  #write(reply: HttpReply, pieces: readonly Uint8Array[]): void {
    const response = this.#response;
    if (response.destroyed) return;
    this.#sent = pieces.reduce((sum, { length }) => sum + length, 0);
    const close = this.#host.draining || !this.#request.complete;
    response.writeHead(reply.status, { ...headersOf(reply, this.#sent), ...(close ? { connection: 'close' } : {}) });
    if (this.#request.method !== 'HEAD') for (const piece of pieces) response.write(piece);
    response.end();
  }

  /** The operating system has the whole reply, or the connection broke: that ends a response too. */
  #finished(): void {
    const { socket } = this.#request;
    const isBroken = socket.errored !== null || (socket.destroyed && !socket.writableFinished);
    if (this.#state !== 'replied' || isBroken) return;
    const { failure } = this.account;
    this.#account(failure?.code ?? 'OK', failure);
    if (this.#reserved !== undefined) this.#host.pool.give(this.#reserved);
    this.#reserved = undefined;
  }

  /** The connection is gone, or is done with this call. */
  #close(): void {
    this.#host.watchdog.delete(this.#watch);
    if (!this.#accounted) {
      const receiving = this.#state === 'receiving';
      const error = new ServingError('CANCELLED', 'the client went away');
      this.#account(error.code, error);
      this.#state = 'ended';
      if (receiving) this.release();
      this.cancelled = true;
      const listener = this.#cancelListener;
      this.#cancelListener = undefined;
      listener?.();
    }
    if (this.#released || this.#reserved === undefined) this.#held.giveReply();
  }

  #account(code: EndCode, error: ServingError | undefined): void {
    if (this.#accounted) return;
    this.#accounted = true;
    tellEnd(this.#host.observe, this.account, {
      method: methodName(this.#route),
      code,
      error,
      bytesIn: this.#received,
      bytesOut: this.#sent,
      peer: this.#peer,
    });
  }
}

/** What calls of a route are counted as. */
export function methodName({ method, path }: HttpCallRoute): string {
  return `${method} ${path}`;
}
