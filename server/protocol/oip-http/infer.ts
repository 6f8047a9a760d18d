// Inference over HTTP: body → InferRequest → dispatch → reply, with one piece of memory for the outputs that are wanted as raw bytes.

import type { ServingError } from '../../errors.ts';
import type { Account } from '../../inference/account.ts';
import { remainingUs } from '../../inference/deadline.ts';
import type { Exchange } from '../../inference/exchange.ts';
import type { InferReply, InferRequest, OutputSpec, ServedName } from '../../inference/request.ts';
import type { Signature } from '../../native/binding-types.ts';
import type { HttpExchanged } from '../http-route.ts';
import { namedUnknown } from '../open-inference/infer.ts';
import { type DecodedHttpInfer, decodeHttpInfer, jsonLength } from './decode.ts';
import { checkForm, encodeReply, type ReplyForm } from './encode.ts';
import { rawRequest } from './raw.ts';

export interface InferOptions {
  /** Longest reply in bytes, and most that JSON may grow to. */
  readonly maxMessage: number;
  /** Signature of a version, which a body without JSON is read by. Throws NOT_FOUND or NOT_READY. */
  signatureOf(model: string, version: string): Signature;
}

export class HttpInfer implements Exchange {
  readonly request: InferRequest;
  readonly account: Account;
  readonly #call: HttpExchanged;
  readonly #form: ReplyForm;
  readonly #wantTimes: boolean;
  #raw: Buffer | undefined;

  /** Decodes. Throws what makes the request none. */
  constructor(body: Buffer, call: HttpExchanged, options: InferOptions) {
    const { model = '', version = '' } = call.params;
    this.#call = call;
    this.account = call.account;
    this.account.servable = model;
    this.account.version = version;
    const decoded = decode(body, call, options);
    this.account.requestId = decoded.id;
    this.#wantTimes = decoded.wantTimes;
    this.#form = { binary: decoded.binary, maxBytes: options.maxMessage };
    this.request = {
      model,
      version,
      method: decoded.method,
      id: decoded.id,
      sticky: decoded.sticky,
      inputs: decoded.inputs,
      outputs: decoded.outputs,
      priority: decoded.priority,
      timeoutUs: remainingUs(call.deadlineAt, decoded.timeoutUs, performance.now()),
      cancellation: call,
    };
  }

  place(_model: ServedName, specs: readonly OutputSpec[]): readonly (Uint8Array | null)[] {
    checkForm(specs, this.#form);
    const { binary } = this.#form;
    const size = specs.reduce((sum, { name, byteLength }) => sum + (binary(name) ? byteLength : 0), 0);
    const raw = this.#call.reserve(size);
    this.#raw = raw;
    let at = 0;
    return specs.map(({ name, byteLength }) => {
      if (!binary(name)) return null;
      at += byteLength;
      return raw.subarray(at - byteLength, at);
    });
  }

  finish(reply: InferReply): void {
    this.#call.answer(encodeReply(reply, this.#form, this.#raw, this.#wantTimes));
  }

  fail(error: ServingError): void {
    this.#call.fail(namedUnknown(error));
  }

  release(): void {
    this.#call.release();
  }
}

function decode(body: Buffer, call: HttpExchanged, { maxMessage, signatureOf }: InferOptions): DecodedHttpInfer {
  const length = jsonLength(call.header('inference-header-content-length'), body.length);
  if (length !== 0) return decodeHttpInfer(body, length, maxMessage);
  const { model = '', version = '' } = call.params;
  return rawRequest(body, signatureOf(model, version));
}
