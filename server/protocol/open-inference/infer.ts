// ModelInfer: bytes → InferRequest → dispatch → bytes, with one piece of memory for the response.

import { ServingError } from '../../errors.ts';
import type { Account } from '../../inference/account.ts';
import { remainingUs } from '../../inference/deadline.ts';
import type { Exchange } from '../../inference/exchange.ts';
import type { InferReply, InferRequest, OutputSpec, ServedName } from '../../inference/request.ts';
import type { Exchanged } from '../protocol.ts';
import { decodeInfer } from './codec-decode.ts';
import { ResponseWriter, timesText } from './codec-encode.ts';
import { typedReply } from './typed-reply.ts';

const now = (): number => performance.now();

export class ModelInfer implements Exchange {
  readonly request: InferRequest;
  readonly account: Account;
  readonly #call: Exchanged;
  readonly #writer: ResponseWriter;
  readonly #typed: boolean;
  readonly #maxMessage: number;

  /** Decodes; maxMessage bounds the response and what typed contents may grow to. Throws INVALID_ARGUMENT or UNSUPPORTED. */
  constructor(message: Buffer, call: Exchanged, maxMessage: number) {
    const decoded = decodeInfer(message, maxMessage);
    const { model, version, method, id, inputs, outputs, priority, timeoutUs } = decoded;
    this.#call = call;
    this.#typed = decoded.wantTyped;
    this.#maxMessage = maxMessage;
    this.account = call.account;
    this.account.servable = model;
    this.account.version = version;
    this.account.requestId = id;
    this.request = {
      model,
      version,
      method,
      id,
      inputs,
      outputs,
      priority,
      timeoutUs: remainingUs(call.deadlineAt, timeoutUs, now()),
      cancellation: call,
    };
    this.#writer = new ResponseWriter(id, decoded.wantTimes, maxMessage, (bytes) => call.reserve(bytes));
    if (decoded.wantTimes) call.trailer('mindird-times', () => timesText(call.account.clock.times(now())));
  }

  place(model: ServedName, specs: readonly OutputSpec[]): readonly Uint8Array[] | undefined {
    return this.#typed ? undefined : this.#writer.place(model, specs);
  }

  finish(reply: InferReply): void {
    this.#call.reply(this.#typed ? typedReply(reply, this.#maxMessage) : this.#writer.finish(reply, now));
  }

  fail(error: ServingError): void {
    this.#call.fail(namedUnknown(error));
  }

  release(): void {
    this.#call.release();
  }
}

/** The one text clients are known to look for. */
export function namedUnknown(error: ServingError): ServingError {
  if (error.code !== 'NOT_FOUND') return error;
  return new ServingError('NOT_FOUND', `Request for unknown model: ${error.message}`, { cause: error });
}
