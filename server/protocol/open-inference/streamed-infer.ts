// ModelStreamInfer: each message of the stream is a ModelInfer, and its response goes into a message around it. A request that fails is
// answered with its error, and the stream goes on.
//
//   ┌ room │ tag, length │ ModelInferResponse │ triton_final_response ┐
//   └ the engine writes into the middle; the head is written before it when the length is known

import { callerMessage, type ServingError, toServingError } from '../../errors.ts';
import type { Dispatcher } from '../../inference/dispatch.ts';
import type { ConverseMethod, Exchanged } from '../protocol.ts';
import { methodOf } from '../protos.ts';
import { type InferLimits, ModelInfer } from './infer.ts';
import { SERVICE } from './small-call.ts';

/** Field 2, length-delimited. */
const RESPONSE_TAG = 0x12;
/** Tag and length at most: a message has less than 2^35 bytes. */
const ROOM = 6;

const KEY = Buffer.from('triton_final_response');
/** The parameter that tells clients of decoupled models that no more comes: `parameters { key value { bool_param: true } }`. */
const FINAL = Buffer.concat([
  Buffer.from([0x22, KEY.length + 6, 0x0a, KEY.length]),
  KEY,
  Buffer.from([0x12, 0x02, 0x08, 0x01]),
]);

/** The method; limits as for ModelInfer. */
export function streamedInfer(dispatcher: Dispatcher, limits: InferLimits): ConverseMethod {
  const inner: InferLimits = { ...limits, maxMessage: limits.maxMessage - ROOM - FINAL.length };
  const { path } = methodOf(SERVICE, 'ModelStreamInfer');
  return {
    path,
    group: 'infer',
    converse: (message, turn) => {
      const call = new StreamedCall(turn);
      let infer: ModelInfer;
      try {
        infer = new ModelInfer(message, call, inner);
      } catch (caught) {
        call.fail(toServingError(caught));
        call.release();
        return;
      }
      dispatcher.run(infer);
    },
  };
}

/** A turn of the stream as ModelInfer sees it. */
class StreamedCall implements Exchanged {
  readonly #turn: Exchanged;
  #reserved: Buffer | undefined;

  constructor(turn: Exchanged) {
    this.#turn = turn;
  }

  get account(): Exchanged['account'] {
    return this.#turn.account;
  }

  get deadlineAt(): number {
    return this.#turn.deadlineAt;
  }

  get peer(): string {
    return this.#turn.peer;
  }

  get cancelled(): boolean {
    return this.#turn.cancelled;
  }

  onCancelled(listener: (() => void) | undefined): void {
    this.#turn.onCancelled(listener);
  }

  trailer(key: string, value: string | (() => string)): void {
    this.#turn.trailer(key, value);
  }

  borrow(bytes: number): Buffer {
    return this.#turn.borrow(bytes);
  }

  reserve(bytes: number): Buffer {
    this.#reserved = this.#turn.reserve(ROOM + bytes + FINAL.length);
    return this.#reserved.subarray(ROOM, ROOM + bytes);
  }

  reply(message: Buffer): void {
    const length = message.length + FINAL.length;
    const whole = this.#around(message);
    FINAL.copy(whole, ROOM + message.length);
    const head = headOf(length);
    head.copy(whole, ROOM - head.length);
    this.#turn.reply(whole.subarray(ROOM - head.length, ROOM + length));
  }

  fail(error: ServingError): void {
    // Its deadline and its caller's leave are the whole stream's, which ends by itself.
    this.account.failure = error;
    const { responseSerialize } = methodOf(SERVICE, 'ModelStreamInfer');
    const id = this.account.requestId;
    const text = callerMessage(error) || error.code;
    this.#turn.reply(responseSerialize({ error_message: text, infer_response: { id } }));
  }

  release(): void {
    this.#turn.release();
  }

  /** The memory that the message lies in, with room before and behind it; other memory with a copy of it where it has none. */
  #around(message: Buffer): Buffer {
    const reserved = this.#reserved;
    if (
      reserved !== undefined &&
      message.buffer === reserved.buffer &&
      message.byteOffset === reserved.byteOffset + ROOM
    )
      return reserved;
    const whole = Buffer.allocUnsafe(ROOM + message.length + FINAL.length);
    message.copy(whole, ROOM);
    return whole;
  }
}

function headOf(length: number): Buffer {
  const bytes = [RESPONSE_TAG];
  let rest = length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
