// ModelInfer: bytes → InferRequest → dispatch → bytes, with one piece of memory for the response.

import { ServingError } from '../../errors.ts';
import type { Account } from '../../inference/account.ts';
import { remainingUs } from '../../inference/deadline.ts';
import type { Exchange } from '../../inference/exchange.ts';
import type { AnyTensor, InferReply, InferRequest, OutputSpec, ServedName } from '../../inference/request.ts';
import type { SharedRegions } from '../../inference/shared-regions.ts';
import type { Exchanged } from '../protocol.ts';
import { decodeInfer } from './codec-decode.ts';
import { type PlacedOutput, ResponseWriter, timesText } from './codec-encode.ts';
import { partFields, RegionOutputs, regionReader } from './regions.ts';
import { typedReply } from './typed-reply.ts';

const nothing = Buffer.alloc(0);

const now = (): number => performance.now();

export interface InferLimits {
  /** Bounds the response, and what typed contents may grow to. */
  readonly maxMessage: number;
  /** Absent where shared memory is off. */
  readonly regions?: SharedRegions | undefined;
}

export class ModelInfer implements Exchange {
  readonly request: InferRequest;
  readonly account: Account;
  readonly #call: Exchanged;
  readonly #writer: ResponseWriter;
  readonly #typed: boolean;
  readonly #maxMessage: number;
  /** Only where an output goes to shared memory. */
  readonly #regions: RegionOutputs | undefined;
  #placed = false;

  /** Decodes. Throws INVALID_ARGUMENT, UNSUPPORTED, or OVERLOADED where there is no room for what lies in shared memory. */
  constructor(message: Buffer, call: Exchanged, { maxMessage, regions }: InferLimits) {
    const decoded = decodeInfer(message, maxMessage, regionReader(regions, call));
    const { model, version, method, id, sticky, inputs, outputs, priority, timeoutUs } = decoded;
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
      sticky,
      inputs,
      outputs,
      priority,
      timed: decoded.wantTimes,
      timeoutUs: remainingUs(call.deadlineAt, timeoutUs, now()),
      cancellation: call,
    };
    this.#writer = new ResponseWriter(id, decoded.wantTimes, maxMessage, (bytes) => call.reserve(bytes));
    const { outputParts } = decoded;
    if (outputParts.length > 0 && this.#typed)
      throw new ServingError('UNSUPPORTED', 'parameter "typed_output" is not supported for outputs in shared memory');
    if (outputParts.length > 0)
      this.#regions = this.#regions = new RegionOutputs(outputs ?? [], outputParts, regions, (bytes) =>
        call.borrow(bytes),
      );
    if (decoded.wantTimes) call.trailer('mindird-times', () => timesText(call.account.clock.times(now())));
  }

  place(model: ServedName, specs: readonly OutputSpec[]): readonly Uint8Array[] | undefined {
    if (this.#typed) return undefined;
    const regions = this.#regions;
    if (regions === undefined) return this.#writer.place(model, specs);
    this.#placed = true;
    const rooms = specs.map(({ byteLength }, index) => regions.at(index)?.room(byteLength));
    const told = specs.map((spec, index): PlacedOutput => {
      const output = regions.at(index);
      return output === undefined ? spec : { ...spec, byteLength: 0, extra: partFields(output.part) };
    });
    return this.#writer.place(model, told).map((view, index) => rooms[index] ?? view);
  }

  finish(reply: InferReply): void {
    if (this.#typed) return this.#call.reply(typedReply(reply, this.#maxMessage));
    this.#call.reply(this.#writer.finish(this.#written(reply), now));
  }

  /** The reply without the outputs that are in regions now. */
  #written(reply: InferReply): InferReply {
    const regions = this.#regions;
    if (regions === undefined) return reply;
    if (this.#placed) {
      // Their headers are in the message.
      for (let index = 0; index < reply.outputs.length; index++)
        regions.at(index)?.write((reply.outputs[index] as AnyTensor).bytes);
      return reply;
    }
    const outputs = reply.outputs.map((tensor, index) => {
      const output = regions.at(index);
      if (output === undefined) return tensor;
      output.write(tensor.bytes);
      return { ...tensor, bytes: nothing, extra: partFields(output.part) };
    });
    return { ...reply, outputs };
  }

  fail(error: ServingError): void {
    this.#call.fail(namedUnknown(error));
  }

  release(): void {
    this.#regions?.release();
    this.#call.release();
  }
}

/** The one text clients are known to look for. */
export function namedUnknown(error: ServingError): ServingError {
  if (error.code !== 'NOT_FOUND') return error;
  return new ServingError('NOT_FOUND', `Request for unknown model: ${error.message}`, { cause: error });
}
