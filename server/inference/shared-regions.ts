// Regions of system shared memory (shm_open) that clients on this machine register by name, and name in their requests.
//
// The objects are files of /dev/shm. Native code maps them, once, when they are registered, and copies out of them and into them: whoever made an
// object may cut it at any time, and touching a page that is gone would end the server with SIGBUS, which those copies alone survive. What is
// computed on is a copy that cannot change meanwhile.
//
// Removed from the list a region stays mapped while requests write to it.

import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import path from 'node:path';
import { ServingError, toServingError } from '../errors.ts';
import type { NativeAddon, SharedMemory } from '../native/binding-types.ts';
import { bytesText, quote } from '../util/text.ts';

export interface RegionLimits {
  /** Names of objects begin so. */
  readonly prefix: string;
  readonly maxRegions: number;
  /** Sum of the sizes of all regions in bytes. */
  readonly maxBytes: number;
}

/** A region as it was registered. */
export interface RegionStatus {
  readonly name: string;
  readonly key: string;
  readonly offset: number;
  readonly byteSize: number;
}

/** A part of a region that a tensor lies in. */
export interface RegionPart {
  readonly region: string;
  readonly offset: number;
  readonly byteSize: number;
}

interface Region extends RegionStatus {
  readonly memory: SharedMemory;
  /** Requests that will write to it. */
  uses: number;
  isListed: boolean;
}

/** Where a tensor is written when it is there. */
export interface RegionTarget {
  readonly byteSize: number;
  /** Throws INVALID_ARGUMENT where the object was cut meanwhile. */
  write(bytes: Uint8Array): void;
  /** Must be called once. */
  release(): void;
}

const longestName = 255;

/** Without O_NONBLOCK opening a pipe would wait; no link leads out of the folder. */
const openFlags = constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class SharedRegions {
  readonly #limits: RegionLimits;
  readonly #map: NativeAddon['mapShared'];
  readonly #folder: string;
  readonly #regions = new Map<string, Region>();
  #bytes = 0;

  /** folder: where the system keeps the objects. */
  constructor(limits: RegionLimits, { mapShared }: Pick<NativeAddon, 'mapShared'>, folder = '/dev/shm') {
    this.#limits = limits;
    this.#map = mapShared;
    this.#folder = folder;
  }

  /** One region, or all for ''. Throws NOT_FOUND. */
  status(name: string): readonly RegionStatus[] {
    const found = name === '' ? [...this.#regions.values()] : [this.#find(name)];
    return found.map(({ name: own, key, offset, byteSize }) => ({ name: own, key, offset, byteSize }));
  }

  /** Opens the object and remembers the region. Throws INVALID_ARGUMENT, NOT_FOUND or TOO_LARGE. */
  register({ name, key, offset, byteSize }: RegionStatus): void {
    const place = `region ${quote(name)}`;
    const { maxRegions, maxBytes } = this.#limits;
    if (name === '' || name.length > longestName)
      throw invalid(`${place}: want a name of 1 to ${longestName} characters`);
    if (this.#regions.has(name)) throw invalid(`${place}: is registered already, unregister it first`);
    const file = this.#fileOf(key, place);
    if (!isSize(offset) || !isSize(byteSize) || byteSize === 0 || !isSize(offset + byteSize))
      throw invalid(`${place}: offset ${offset} and byte_size ${byteSize}, want whole numbers, the size above 0`);
    if (this.#regions.size >= maxRegions)
      throw new ServingError('TOO_LARGE', `${place}: ${maxRegions} regions are the limit (shared_memory.max_regions)`);
    if (this.#bytes + byteSize > maxBytes) {
      const limit = `${bytesText(maxBytes)} (shared_memory.max_size)`;
      throw new ServingError(
        'TOO_LARGE',
        `${place}: ${bytesText(this.#bytes + byteSize)} of regions, the limit is ${limit}`,
      );
    }
    const fd = open(file, place, key);
    try {
      const size = sizeOf(fd, place, key);
      if (offset + byteSize > size)
        throw invalid(`${place}: ends at byte ${offset + byteSize} of ${quote(key)}, which has ${size}`);
      const memory = this.#mapped(fd, { offset, byteSize }, `${place}: object ${quote(key)} of shared memory`);
      this.#regions.set(name, { name, key, offset, byteSize, memory, uses: 0, isListed: true });
    } finally {
      closeSync(fd);
    }
    this.#bytes += byteSize;
  }

  #mapped(fd: number, { offset, byteSize }: Omit<RegionPart, 'region'>, place: string): SharedMemory {
    try {
      return this.#map(fd, offset, byteSize);
    } catch (caught) {
      throw toServingError(caught).with(place);
    }
  }

  /** Forgets one region, or all for ''; unknown ones are none. */
  unregister(name: string): void {
    const found = name === '' ? [...this.#regions.values()] : [this.#regions.get(name)];
    for (const region of found) {
      if (region === undefined) continue;
      this.#regions.delete(region.name);
      this.#bytes -= region.byteSize;
      region.isListed = false;
      closeIfUnused(region);
    }
  }

  /** The bytes of a part, in memory that `borrow` gives. `place` names the tensor. Throws INVALID_ARGUMENT, NOT_FOUND or what `borrow` throws. */
  read(part: RegionPart, borrow: (bytes: number) => Buffer, place: string): Buffer {
    const region = this.#part(part, place);
    const bytes = borrow(part.byteSize);
    if (!region.memory.read(part.offset, bytes)) throw cut(place, part);
    return bytes;
  }

  /** Where a tensor shall be written. Throws as read() does. */
  target(part: RegionPart, place: string): RegionTarget {
    const region = this.#part(part, place);
    region.uses += 1;
    return {
      byteSize: part.byteSize,
      write: (bytes) => {
        if (!region.memory.write(part.offset, bytes)) throw cut(place, part);
      },
      release: () => {
        region.uses -= 1;
        closeIfUnused(region);
      },
    };
  }

  #find(name: string): Region {
    const region = this.#regions.get(name);
    if (region === undefined) throw new ServingError('NOT_FOUND', `region ${quote(name)}: is not registered`);
    return region;
  }

  #part({ region: name, offset, byteSize }: RegionPart, place: string): Region {
    const region = this.#regions.get(name);
    if (region === undefined) throw invalid(`${place}: region ${quote(name)} of shared memory is not registered`);
    if (!isSize(offset) || !isSize(byteSize) || offset + byteSize > region.byteSize) {
      const found = `shared_memory_offset ${offset} and shared_memory_byte_size ${byteSize}`;
      throw invalid(`${place}: ${found} lie outside region ${quote(name)}, which has ${region.byteSize} bytes`);
    }
    return region;
  }

  #fileOf(key: string, place: string): string {
    const name = key.startsWith('/') ? key.slice(1) : key;
    if (name === '' || name.length > longestName || name === '.' || name === '..' || /[/\0]/.test(name))
      throw invalid(`${place}: key ${quote(key)} is no name of an object of shared memory, such as /NAME`);
    const { prefix } = this.#limits;
    if (!name.startsWith(prefix))
      throw invalid(`${place}: key ${quote(key)}, want one that begins with ${quote(prefix)} (shared_memory.prefix)`);
    return path.join(this.#folder, name);
  }
}

function invalid(message: string): ServingError {
  return new ServingError('INVALID_ARGUMENT', message);
}

function cut(place: string, { region }: RegionPart): ServingError {
  return invalid(
    `${place}: the object behind region ${quote(region)} is shorter than when it was registered, or the system has no memory for it`,
  );
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function closeIfUnused(region: Region): void {
  if (!region.isListed && region.uses === 0) region.memory.close();
}

function open(file: string, place: string, key: string): number {
  try {
    return openSync(file, constants.O_RDWR | openFlags);
  } catch (caught) {
    throw unopened(place, key, (caught as NodeJS.ErrnoException).code);
  }
}

function unopened(place: string, key: string, code: string | undefined): ServingError {
  const text = `${place}: object ${quote(key)} of shared memory: ${code ?? 'cannot be opened'}`;
  return code === 'ENOENT' ? new ServingError('NOT_FOUND', `${text}, there is none`) : invalid(text);
}

function sizeOf(fd: number, place: string, key: string): number {
  const stat = fstatSync(fd);
  if (!stat.isFile()) throw invalid(`${place}: ${quote(key)} is no object of shared memory`);
  return stat.size;
}
