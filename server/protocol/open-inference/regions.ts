// Tensors in shared memory: the parameters that name a part of a region, and the outputs that are written there instead of into the
// response.

import { ServingError } from '../../errors.ts';
import type { RegionPart, RegionTarget, SharedRegions } from '../../inference/shared-regions.ts';
import { quote } from '../../util/text.ts';
import { type Parameter, wholeNumber } from './parameters.ts';

/** Begins the keys of the parameters. */
const PREFIX = 'shared_memory_';

/** What parameters said of one tensor; the region is '' until it was named. */
export interface PartDraft {
  region: string;
  offset: number;
  byteSize: number;
}

/** Takes a parameter of a tensor into `draft`, where it is one of these; the draft. */
export function readPart(parameter: Parameter, draft: PartDraft | undefined, place: string): PartDraft | undefined {
  const { key, value } = parameter;
  if (!key.startsWith(PREFIX)) return draft;
  const part = draft ?? { region: '', offset: 0, byteSize: -1 };
  if (key === 'shared_memory_offset') part.offset = wholeNumber(parameter);
  else if (key === 'shared_memory_byte_size') part.byteSize = wholeNumber(parameter);
  else if (key === 'shared_memory_region' && typeof value === 'string') part.region = value;
  else
    throw new ServingError(
      'INVALID_ARGUMENT',
      `${place}: parameter ${quote(key)} of kind ${parameter.kind} is unknown`,
    );
  return part;
}

/** A draft that is whole; throws INVALID_ARGUMENT. */
export function wholePart({ region, offset, byteSize }: PartDraft, place: string): RegionPart {
  if (region === '')
    throw new ServingError('INVALID_ARGUMENT', `${place}: parameter "shared_memory_region" is missing`);
  if (byteSize < 0)
    throw new ServingError('INVALID_ARGUMENT', `${place}: parameter "shared_memory_byte_size" is missing`);
  return { region, offset, byteSize };
}

/** Reads the bytes of an input. */
export type RegionReader = (part: RegionPart, place: string) => Buffer;

/** Where there are no regions. */
export const noRegions: RegionReader = (_part, place) => {
  throw new ServingError('UNSUPPORTED', `${place}: shared memory is off (shared_memory.system)`);
};

/** Reads inputs into memory of the call; refuses them where there are no regions. */
export function regionReader(regions: SharedRegions | undefined, call: { readonly borrow: Borrow }): RegionReader {
  if (regions === undefined) return noRegions;
  return (part, place) => regions.read(part, (bytes) => call.borrow(bytes), place);
}

/** One output that goes to a region. */
export class RegionOutput {
  readonly part: RegionPart;
  readonly #place: string;
  readonly #target: RegionTarget;
  readonly #borrow: Borrow;

  constructor(part: RegionPart, place: string, target: RegionTarget, borrow: Borrow) {
    this.part = part;
    this.#place = place;
    this.#target = target;
    this.#borrow = borrow;
  }

  /** Memory to compute it in. Throws INVALID_ARGUMENT where it is larger than its part, or OVERLOADED. */
  room(bytes: number): Buffer {
    this.check(bytes);
    return this.#borrow(bytes);
  }

  /** Throws INVALID_ARGUMENT where so many bytes are more than its part has. */
  check(bytes: number): void {
    const { region, byteSize } = this.part;
    if (bytes <= byteSize) return;
    const found = `has ${bytes} bytes, its part of region ${quote(region)} has ${byteSize}`;
    throw new ServingError('INVALID_ARGUMENT', `${this.#place}: ${found}`);
  }

  write(bytes: Uint8Array): void {
    this.check(bytes.byteLength);
    this.#target.write(bytes);
  }

  release(): void {
    this.#target.release();
  }
}

/** Memory that belongs to a call. */
type Borrow = (bytes: number) => Buffer;

/** The outputs of one request that go to regions, by their place among the wanted ones. */
export class RegionOutputs {
  readonly #outputs: readonly (RegionOutput | undefined)[];

  /** Throws what SharedRegions.target() throws, UNSUPPORTED where there are no regions. */
  constructor(
    names: readonly string[],
    parts: readonly (RegionPart | undefined)[],
    regions: SharedRegions | undefined,
    borrow: Borrow,
  ) {
    const made: (RegionOutput | undefined)[] = [];
    this.#outputs = made;
    try {
      parts.forEach((part, index) => {
        const place = `output ${quote(names[index] ?? '')}`;
        if (part !== undefined && regions === undefined) noRegions(part, place);
        const target = part === undefined ? undefined : regions?.target(part, place);
        made.push(part && target && new RegionOutput(part, place, target, borrow));
      });
    } catch (caught) {
      this.release();
      throw caught;
    }
  }

  /** Undefined for one that is told in the response. */
  at(index: number): RegionOutput | undefined {
    return this.#outputs[index];
  }

  /** Must be called once. */
  release(): void {
    for (const output of this.#outputs) output?.release();
  }
}

/** Fields of parts that were asked for before: clients name the same ones again and again. */
const knownFields = new Map<string, Buffer>();
const mostKnown = 256;

/** The fields `parameters` of InferOutputTensor that say where the bytes are. */
export function partFields(part: RegionPart): Buffer {
  const { region, offset, byteSize } = part;
  const key = `${offset} ${byteSize} ${region}`;
  const known = knownFields.get(key);
  if (known !== undefined) return known;
  const made = makeFields(part);
  if (knownFields.size >= mostKnown) knownFields.clear();
  knownFields.set(key, made);
  return made;
}

function makeFields({ region, offset, byteSize }: RegionPart): Buffer {
  const name = Buffer.from(region);
  const text = Buffer.concat([Buffer.from([0x1a]), varint(name.length), name]);
  return Buffer.concat([
    entry('shared_memory_region', text),
    entry('shared_memory_byte_size', Buffer.concat([Buffer.from([0x10]), varint(byteSize)])),
    ...(offset === 0 ? [] : [entry('shared_memory_offset', Buffer.concat([Buffer.from([0x10]), varint(offset)]))]),
  ]);
}

function entry(key: string, value: Buffer): Buffer {
  const pair = Buffer.concat([
    Buffer.from([0x0a, key.length]),
    Buffer.from(key),
    Buffer.from([0x12]),
    varint(value.length),
    value,
  ]);
  return Buffer.concat([Buffer.from([0x22]), varint(pair.length), pair]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
