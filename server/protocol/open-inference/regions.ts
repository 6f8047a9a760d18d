// Tensors in shared memory: the parameters that name a part of a region, and the outputs that are written there instead of into the
// response.

import { ServingError } from '../../errors.ts';
import type { AnyTensor, OutputSpec } from '../../inference/request.ts';
import type { RegionPart, RegionTarget, SharedRegions } from '../../inference/shared-regions.ts';
import { quote } from '../../util/text.ts';
import type { Exchanged } from '../protocol.ts';
import type { PlacedOutput } from './codec-encode.ts';
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
export function regionReader(regions: SharedRegions | undefined, call: Exchanged): RegionReader {
  if (regions === undefined) return noRegions;
  return (part, place) => regions.read(part, (bytes) => call.borrow(bytes), place);
}

interface Placed {
  readonly place: string;
  readonly part: RegionPart;
  readonly target: RegionTarget;
  readonly extra: Buffer;
}

/** The outputs of one request that go to regions, by their place among the wanted ones. */
export class RegionOutputs {
  readonly #call: Exchanged;
  readonly #outputs: readonly (Placed | undefined)[];

  /** Throws what SharedRegions.target() throws, UNSUPPORTED where there are no regions. */
  constructor(
    names: readonly string[],
    parts: readonly (RegionPart | undefined)[],
    regions: SharedRegions | undefined,
    call: Exchanged,
  ) {
    this.#call = call;
    const made: (Placed | undefined)[] = [];
    this.#outputs = made;
    try {
      parts.forEach((part, index) => {
        const place = `output ${quote(names[index] ?? '')}`;
        if (part !== undefined && regions === undefined) noRegions(part, place);
        const target = part === undefined ? undefined : regions?.target(part, place);
        made.push(part && target && { place, part, target, extra: parametersOf(part) });
      });
    } catch (caught) {
      this.release();
      throw caught;
    }
  }

  /** The outputs as the message has them. Throws INVALID_ARGUMENT where one is larger than its part. */
  inMessage(specs: readonly OutputSpec[]): readonly PlacedOutput[] {
    return specs.map((spec, index) => {
      const output = this.#outputs[index];
      return output === undefined
        ? spec
        : { ...spec, byteLength: checked(output, spec.byteLength) && 0, extra: output.extra };
    });
  }

  /** Memory for those that go to regions, in the place of their views of the message. */
  memory(specs: readonly OutputSpec[], views: readonly Buffer[]): readonly Buffer[] {
    return views.map((view, index) =>
      this.#outputs[index] === undefined ? view : this.#call.borrow(specs[index]?.byteLength ?? 0),
    );
  }

  /** Writes them to their regions; the outputs as the message has them. */
  write(outputs: readonly AnyTensor[]): readonly (AnyTensor & { readonly extra?: Buffer })[] {
    return outputs.map((tensor, index) => {
      const output = this.#outputs[index];
      if (output === undefined) return tensor;
      checked(output, tensor.bytes.byteLength);
      output.target.write(tensor.bytes);
      return { ...tensor, bytes: Buffer.alloc(0), extra: output.extra };
    });
  }

  /** Must be called once. */
  release(): void {
    for (const output of this.#outputs) output?.target.release();
  }
}

function checked({ place, part }: Placed, bytes: number): number {
  if (bytes <= part.byteSize) return bytes;
  const found = `has ${bytes} bytes, its part of region ${quote(part.region)} has ${part.byteSize}`;
  throw new ServingError('INVALID_ARGUMENT', `${place}: ${found}`);
}

/** The fields `parameters` of InferOutputTensor that say where the bytes are. */
function parametersOf({ region, offset, byteSize }: RegionPart): Buffer {
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
