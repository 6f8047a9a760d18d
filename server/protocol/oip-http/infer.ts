// Inference over HTTP: body → InferRequest → dispatch → reply, with one piece of memory for the outputs that are wanted as raw bytes.

import type { ServingError } from '../../errors.ts';
import type { Account } from '../../inference/account.ts';
import { remainingUs } from '../../inference/deadline.ts';
import type { Exchange } from '../../inference/exchange.ts';
import type { InferReply, InferRequest, OutputSpec, ServedName } from '../../inference/request.ts';
import type { SharedRegions } from '../../inference/shared-regions.ts';
import type { Signature } from '../../native/binding-types.ts';
import type { HttpExchanged } from '../http-route.ts';
import { namedUnknown } from '../open-inference/infer.ts';
import { RegionOutputs, regionReader } from '../open-inference/regions.ts';
import { type DecodedHttpInfer, decodeHttpInfer, jsonLength } from './decode.ts';
import { checkForm, encodeReply, type ReplyForm } from './encode.ts';
import { rawRequest } from './raw.ts';

export interface InferOptions {
  /** Longest reply in bytes, and most that JSON may grow to. */
  readonly maxMessage: number;
  /** Absent where shared memory is off. */
  readonly regions?: SharedRegions | undefined;
  /** Signature of a version, which a body without JSON is read by. Throws NOT_FOUND or NOT_READY. */
  signatureOf(model: string, version: string): Signature;
}

export class HttpInfer implements Exchange {
  readonly request: InferRequest;
  readonly account: Account;
  readonly #call: HttpExchanged;
  readonly #form: ReplyForm;
  readonly #wantTimes: boolean;
  /** Only where an output goes to shared memory. */
  readonly #regions: RegionOutputs | undefined;
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
    const { outputs = [], outputParts: parts } = decoded;
    if (parts.length > 0)
      this.#regions = new RegionOutputs(outputs, parts, options.regions, (bytes) => call.borrow(bytes));
    const part = parts.length === 0 ? undefined : (index: number) => parts[index];
    this.#form = { binary: decoded.binary, part, maxBytes: options.maxMessage };
    this.request = {
      model,
      version,
      method: decoded.method,
      id: decoded.id,
      sticky: decoded.sticky,
      inputs: decoded.inputs,
      outputs: decoded.outputs,
      priority: decoded.priority,
      timed: decoded.wantTimes,
      timeoutUs: remainingUs(call.deadlineAt, decoded.timeoutUs, performance.now()),
      cancellation: call,
    };
  }

  place(_model: ServedName, specs: readonly OutputSpec[]): readonly (Uint8Array | null)[] {
    checkForm(specs, this.#form);
    const regions = this.#regions;
    const isRaw = ({ name }: OutputSpec, index: number): boolean =>
      this.#form.binary(name) && regions?.at(index) === undefined;
    const size = specs.reduce((sum, spec, index) => sum + (isRaw(spec, index) ? spec.byteLength : 0), 0);
    const raw = this.#call.reserve(size);
    this.#raw = raw;
    let at = 0;
    return specs.map((spec, index) => {
      const { byteLength } = spec;
      const output = regions?.at(index);
      if (output !== undefined) return output.room(byteLength);
      if (!isRaw(spec, index)) return null;
      at += byteLength;
      return raw.subarray(at - byteLength, at);
    });
  }

  finish(reply: InferReply): void {
    reply.outputs.forEach(({ bytes }, index) => {
      this.#regions?.at(index)?.write(bytes);
    });
    this.#call.answer(encodeReply(reply, this.#form, this.#raw, this.#wantTimes));
  }

  fail(error: ServingError): void {
    this.#call.fail(namedUnknown(error));
  }

  release(): void {
    this.#regions?.release();
    this.#call.release();
  }
}

function decode(body: Buffer, call: HttpExchanged, options: InferOptions): DecodedHttpInfer {
  const { maxMessage: budget, regions, signatureOf } = options;
  const length = jsonLength(call.header('inference-header-content-length'), body.length);
  if (length !== 0) return decodeHttpInfer(body, length, { budget, read: regionReader(regions, call) });
  const { model = '', version = '' } = call.params;
  return rawRequest(body, signatureOf(model, version));
}
