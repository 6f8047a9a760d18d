// One call of one of our methods, on top of a @grpc/grpc-js call. It takes the place of the library's own handlers: the
// message reaches the method as bytes, and reply and status are written in one go.

import type { ServerHttp2Stream } from 'node:http2';
import { Metadata, ServerInterceptingCall, type ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { ServingError, toServingError } from '../errors.ts';
import type { Call, MessageStream, StreamMethod, UnaryMethod } from '../protocol/protocol.ts';
import { bytesText } from '../util/text.ts';
import type { ByteGate } from './byte-gate.ts';
import { interceptStatus, streamOf } from './grpc-private.ts';
import { grpcStatus } from './status.ts';

/** A byte of deflated data cannot become more than this many. */
const MAX_INFLATION = 1032;

const TOO_LARGE = /larger than (?:max \((\d+) vs )?(\d+)/;

export interface CallLimits {
  readonly gate: ByteGate;
  readonly maxMessage: number;
}

const nothing = (): void => {};

/**
 * Counts the bytes of a call against the gate while they arrive, until its stream closes. A compressed message is counted
 * by what it may become until settle() says what it became. A refused call gives its bytes back at once and its stream is
 * closed, so that under pressure the calls that remain get through.
 */
export class ByteMeter {
  readonly #stream: ServerHttp2Stream;
  readonly #limits: CallLimits;
  readonly #refuse: (error: ServingError) => void;
  #held = 0;
  #wire = 0;
  #factor = 0;
  #closed = false;
  /** performance.now() at the first byte, 0 before it. */
  firstByteAt = 0;

  constructor(stream: ServerHttp2Stream, limits: CallLimits, refuse: (error: ServingError) => void) {
    this.#stream = stream;
    this.#limits = limits;
    this.#refuse = refuse;
    stream.on('data', (chunk: Buffer) => this.#count(chunk));
    stream.once('close', () => {
      this.#closed = true;
      limits.gate.give(this.#held);
      this.#held = 0;
    });
  }

  #count(chunk: Buffer): void {
    if (this.#closed || this.#factor < 0) return;
    if (this.#factor === 0) {
      this.firstByteAt = performance.now();
      this.#factor = chunk[0] === 1 ? MAX_INFLATION : 1;
    }
    this.#wire += chunk.length;
    const wanted =
      this.#factor === 1 ? this.#wire : this.#wire + Math.min(this.#wire * this.#factor, this.#limits.maxMessage);
    this.#hold(wanted);
  }

  /** The message is whole and has `bytes`. */
  settle(bytes: number): void {
    if (!this.#closed && this.#factor > 1) this.#hold(this.#wire + bytes);
  }

  #hold(wanted: number): void {
    const { gate } = this.#limits;
    if (gate.take(wanted - this.#held)) {
      this.#held = wanted;
      return;
    }
    this.#factor = -1;
    gate.give(this.#held);
    this.#held = 0;
    this.#refuse(
      new ServingError(
        'OVERLOADED',
        `${bytesText(gate.held)} of requests are in flight, the limit is ${bytesText(gate.limit)} (server.max_bytes_in_flight)`,
      ),
    );
    this.#stream.close();
  }
}

/** Makes the library's own "too large" name the limit and the setting. */
export function nameMessageLimit(call: ServerInterceptingCallInterface, maxMessage: number): void {
  interceptStatus(call, (details) => {
    const found = TOO_LARGE.exec(details);
    if (found === null) return details;
    const size =
      found[1] === undefined ? 'a request message that inflates to more' : `a request message of ${found[1]} bytes`;
    return `${size}, the limit is ${maxMessage} bytes (${bytesText(maxMessage)}, server.max_message)`;
  });
}

/** Wraps a call of a method that is not ours: only counted. */
export function meteredCall(call: ServerInterceptingCallInterface, limits: CallLimits): ServerInterceptingCall {
  new ByteMeter(streamOf(call), limits, (error) => call.sendStatus(grpcStatus(error)));
  nameMessageLimit(call, limits.maxMessage);
  return new ServerInterceptingCall(call);
}

export class GrpcCall extends ServerInterceptingCall implements Call, MessageStream {
  readonly #next: ServerInterceptingCallInterface;
  readonly #method: UnaryMethod | StreamMethod;
  readonly #meter: ByteMeter;
  readonly #startedAt: number;
  #message: Buffer | undefined;
  #trailers: Metadata | undefined;
  #cancelListener: (() => void) | undefined;
  #ended = false;
  cancelled = false;

  constructor(next: ServerInterceptingCallInterface, method: UnaryMethod | StreamMethod, limits: CallLimits) {
    super(next);
    this.#next = next;
    this.#method = method;
    this.#startedAt = performance.now();
    this.#meter = new ByteMeter(streamOf(next), limits, (error) => this.#fail(error));
    nameMessageLimit(next, limits.maxMessage);
  }

  /** The listener of the library's handler is not used: this call answers by itself. */
  override start(): void {
    this.#next.start({
      onReceiveMetadata: () => this.#next.startRead(),
      onReceiveMessage: (message: Buffer) => this.#receive(message),
      onReceiveHalfClose: () => this.#run(),
      onCancel: () => this.#cancel(),
    });
  }

  get receivedAt(): number {
    return this.#meter.firstByteAt || this.#startedAt;
  }

  get deadlineMs(): number {
    return Number(this.#next.getDeadline());
  }

  get peer(): string {
    return this.#next.getPeer();
  }

  trailer(key: string, value: string): void {
    this.#trailers ??= new Metadata();
    this.#trailers.set(key, value);
  }

  onCancelled(listener: (() => void) | undefined): void {
    this.#cancelListener = listener;
  }

  send(message: Buffer): void {
    if (!this.#ended) this.#next.sendMessage(message, nothing);
  }

  end(): void {
    this.#finish({ code: 0, details: 'OK', metadata: this.#trailers ?? null });
  }

  #receive(message: Buffer): void {
    if (this.#message !== undefined) {
      this.#fail(new ServingError('INVALID_ARGUMENT', 'a second request message, want exactly one'));
      return;
    }
    this.#message = message;
    this.#meter.settle(message.length);
    this.#next.startRead();
  }

  #run(): void {
    const message = this.#message;
    if (this.#ended) return;
    try {
      if (message === undefined) throw new ServingError('INVALID_ARGUMENT', 'no request message, want exactly one');
      if ('open' in this.#method) this.#method.open(message, this);
      else this.#answer(this.#method, message);
    } catch (caught) {
      this.#fail(toServingError(caught));
    }
  }

  #answer(method: UnaryMethod, message: Buffer): void {
    if (method.maxBytes !== undefined && message.length > method.maxBytes) {
      throw new ServingError(
        'TOO_LARGE',
        `a request message of ${message.length} bytes, the limit of this call is ${method.maxBytes}`,
      );
    }
    const answer = method.handle(message, this);
    if (answer instanceof Promise)
      answer.then(
        (reply) => this.#reply(reply),
        (caught) => this.#fail(toServingError(caught)),
      );
    else this.#reply(answer);
  }

  #reply(message: Buffer): void {
    this.send(message);
    this.end();
  }

  #fail(error: ServingError): void {
    this.#finish({ ...grpcStatus(error), metadata: this.#trailers ?? null });
  }

  #finish(status: { readonly code: number; readonly details: string; readonly metadata: Metadata | null }): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#next.sendStatus(status);
  }

  #cancel(): void {
    this.cancelled = true;
    const listener = this.#cancelListener;
    this.#cancelListener = undefined;
    listener?.();
  }
}
