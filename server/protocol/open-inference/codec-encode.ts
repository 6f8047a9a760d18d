// ModelInferResponse: the whole message is allocated once, its headers are written, and the engine writes the tensors
// into it.
//
//   ┌ name │ version │ id │ output headers │ raw 0 │ raw 1 │ … │ times ┐
//                                           └ views handed out by place()
//
// Stage times are parameters of fixed size (doubles) at the end; they are filled in last, and the end is cut where no device was used. Where sizes are not known before
// execution, the tensors come in buffers of their own and are copied here.

import { ServingError } from '../../errors.ts';
import type { AnyTensor, InferReply, OutputSpec, ServedName } from '../../inference/request.ts';
import type { RequestTimes } from '../../model/served.ts';
import { bytesText } from '../../util/text.ts';

/** Response parameters with mindird_times, and where their values come from. */
const TIME_PARAMETERS: readonly (readonly [string, (times: RequestTimes) => number])[] = [
  ['mindird_receive_us', (times) => times.receiveNs],
  ['mindird_decode_us', (times) => times.decodeNs],
  ['mindird_queue_us', (times) => times.queueNs],
  ['mindird_compute_input_us', (times) => times.gatherNs],
  ['mindird_compute_infer_us', (times) => times.computeNs],
  ['mindird_compute_output_us', (times) => times.scatterNs],
  ['mindird_encode_us', (times) => times.encodeNs],
  ['mindird_total_us', (times) => times.totalNs],
];

/** The same for requests whose model ran on a device; which it does is known only afterwards. */
const DEVICE_PARAMETERS: readonly (readonly [string, (times: RequestTimes) => number])[] = [
  ['mindird_host_dispatch_us', (times) => times.device?.dispatchNs ?? 0],
  ['mindird_to_device_us', (times) => times.device?.toDeviceNs ?? 0],
  ['mindird_device_compute_us', (times) => times.device?.computeNs ?? 0],
  ['mindird_to_host_us', (times) => times.device?.toHostNs ?? 0],
];
const DEVICE_PARAMETERS_SIZE = DEVICE_PARAMETERS.reduce((sum, [key]) => sum + 2 + timeEntrySize(key), 0);

function parametersOf(times: RequestTimes): typeof TIME_PARAMETERS {
  return times.device === undefined ? TIME_PARAMETERS : [...TIME_PARAMETERS, ...DEVICE_PARAMETERS];
}

/** An output as the message has it; `extra` are fields of its header beside name, type and shape. */
export interface PlacedOutput extends OutputSpec {
  readonly extra?: Buffer;
}

/** Builds the response to one request: place() before execution where sizes are known, finish() after it. */
export class ResponseWriter {
  readonly #id: string;
  readonly #wantTimes: boolean;
  readonly #maxBytes: number;
  readonly #reserve: (bytes: number) => Buffer;
  #message: Buffer | undefined;
  #pos = 0;

  /** reserve: gives the memory of the whole message. */
  constructor(id: string, wantTimes: boolean, maxBytes: number, reserve: (bytes: number) => Buffer) {
    this.#reserve = reserve;
    this.#id = id;
    this.#wantTimes = wantTimes;
    this.#maxBytes = maxBytes;
  }

  /** Allocates the message; returns the regions of the raw contents. Throws TOO_LARGE. */
  place(model: ServedName, specs: readonly PlacedOutput[]): Buffer[] {
    const headers = specs.map(headerSize);
    const size = this.#size(model, specs, headers);
    if (size > this.#maxBytes) {
      throw new ServingError(
        'TOO_LARGE',
        `the response has ${bytesText(size)}, the limit is ${bytesText(this.#maxBytes)} (server.max_message)`,
      );
    }
    const message = this.#reserve(size);
    this.#message = message;
    this.#pos = 0;
    this.#text(0x0a, model.name);
    this.#text(0x12, model.version);
    this.#text(0x1a, this.#id);
    specs.forEach((spec, index) => this.#header(spec, headers[index] ?? 0));
    const views = specs.map((spec) => {
      this.#tag(0x32, spec.byteLength);
      const start = this.#pos;
      this.#pos += spec.byteLength;
      return message.subarray(start, this.#pos);
    });
    return views;
  }

  /** The finished message. */
  finish(reply: InferReply, now: () => number): Buffer {
    if (this.#message === undefined) this.#copy(reply);
    const message = this.#message as unknown as Buffer;
    if (this.#wantTimes) this.#times(reply.times(now()));
    const spare = message.length - this.#pos;
    if (spare !== 0 && !(this.#wantTimes && spare === DEVICE_PARAMETERS_SIZE))
      throw new ServingError('INTERNAL', `response of ${this.#pos} bytes in a message of ${message.length}`);
    return message.subarray(0, this.#pos);
  }

  #copy(reply: InferReply): void {
    const specs = reply.outputs.map(
      (output: AnyTensor): PlacedOutput => ({ ...output, byteLength: output.bytes.byteLength }),
    );
    const views = this.place({ name: reply.model, version: reply.version }, specs);
    views.forEach((view, index) => view.set(reply.outputs[index]?.bytes ?? []));
  }

  #size(model: ServedName, specs: readonly PlacedOutput[], headers: readonly number[]): number {
    let size = textSize(model.name) + textSize(model.version) + textSize(this.#id);
    specs.forEach((spec, index) => {
      const header = headers[index] ?? 0;
      size += 1 + varintSize(header) + header + 1 + varintSize(spec.byteLength) + spec.byteLength;
    });
    if (this.#wantTimes) {
      for (const [key] of TIME_PARAMETERS) size += 2 + timeEntrySize(key);
      size += DEVICE_PARAMETERS_SIZE;
    }
    return size;
  }

  #header(spec: PlacedOutput, size: number): void {
    this.#tag(0x2a, size);
    this.#text(0x0a, spec.name);
    this.#text(0x12, spec.dtype);
    if (spec.shape.length > 0) {
      this.#tag(0x1a, shapeSize(spec.shape));
      for (const dimension of spec.shape) this.#varint(dimension);
    }
    if (spec.extra !== undefined) this.#pos += spec.extra.copy(this.#message as Buffer, this.#pos);
  }

  #times(times: RequestTimes): void {
    const message = this.#message as Buffer;
    for (const [key, pick] of parametersOf(times)) {
      this.#tag(0x22, timeEntrySize(key));
      this.#text(0x0a, key);
      this.#tag(0x12, 9);
      message[this.#pos] = 0x21;
      message.writeDoubleLE(pick(times) / 1000, this.#pos + 1);
      this.#pos += 9;
    }
  }

  #text(tag: number, text: string): void {
    if (text === '') return;
    const message = this.#message as Buffer;
    this.#tag(tag, Buffer.byteLength(text));
    this.#pos += message.write(text, this.#pos);
  }

  #tag(tag: number, length: number): void {
    (this.#message as Buffer)[this.#pos++] = tag;
    this.#varint(length);
  }

  #varint(value: number): void {
    const message = this.#message as Buffer;
    let rest = value;
    while (rest >= 0x80) {
      message[this.#pos++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    message[this.#pos++] = rest;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

function textSize(text: string): number {
  if (text === '') return 0;
  const length = Buffer.byteLength(text);
  return 1 + varintSize(length) + length;
}

function shapeSize(shape: readonly number[]): number {
  let size = 0;
  for (const dimension of shape) size += varintSize(dimension);
  return size;
}

function headerSize(spec: PlacedOutput): number {
  const shape = shapeSize(spec.shape);
  const extra = spec.extra?.length ?? 0;
  return (
    extra + textSize(spec.name) + textSize(spec.dtype) + (spec.shape.length === 0 ? 0 : 1 + varintSize(shape) + shape)
  );
}

function timeEntrySize(key: string): number {
  return textSize(key) + 2 + 9;
}

/** The stage times as named values, in microseconds. */
export function timesObject(times: RequestTimes): Readonly<Record<string, number>> {
  return Object.fromEntries(parametersOf(times).map(([key, pick]) => [key, pick(times) / 1000]));
}

/** The stage times as one line of trailing metadata, in microseconds. */
export function timesText(times: RequestTimes): string {
  const total = parametersOf(times);
  const send: (typeof total)[number] = ['mindird_send_us', () => times.sendNs];
  return [...total, send]
    .map(([key, pick]) => `${key.slice('mindird_'.length, -'_us'.length)}=${(pick(times) / 1000).toFixed(1)}`)
    .join(',');
}
