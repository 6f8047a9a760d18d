// The part of the ZIP format that .npz files use: stored and deflated members, one disk, 32-bit sizes.
// The central directory is the authority; local headers are read only to find where a member's bytes begin.

import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { CommandFailure } from '../failure.ts';

/** One member of an archive. */
export interface ZipMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const endSize = 22;
const centralSize = 46;
const localSize = 30;
const maxComment = 0xffff;
const maxMembers = 4096;
const zip64 = 0xffffffff;
const utf8Names = 0x800;
const stored = 0;
const deflated = 8;

/** Unpacks an archive; throws an Error whose message starts with `place`. `limit` caps the sum of unpacked bytes. */
export function readZip(file: Uint8Array, place: string, limit: number): ZipMember[] {
  const buffer = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const end = findEnd(buffer);
  if (end < 0) throw new CommandFailure(`${place}: not a zip archive, the end record is missing`);
  const count = buffer.readUInt16LE(end + 10);
  if (count > maxMembers)
    throw new CommandFailure(`${place}: archive has ${count} members, want at most ${maxMembers}`);
  let offset = buffer.readUInt32LE(end + 16);
  let room = limit;
  const members: ZipMember[] = [];
  for (let i = 0; i < count; i++) {
    const entry = readCentral(buffer, offset, end, place);
    offset = entry.next;
    const where = `${place}: member "${entry.name}"`;
    if (entry.size > room) throw new CommandFailure(`${where}: unpacked size exceeds the limit of ${limit} bytes`);
    room -= entry.size;
    members.push({ name: entry.name, bytes: unpack(buffer, entry, where) });
  }
  return members;
}

function findEnd(buffer: Buffer): number {
  const lowest = Math.max(0, buffer.length - endSize - maxComment);
  for (let at = buffer.length - endSize; at >= lowest; at--) {
    if (buffer.readUInt32LE(at) === endSignature) return at;
  }
  return -1;
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly local: number;
  readonly next: number;
}

function readCentral(buffer: Buffer, at: number, end: number, place: string): Entry {
  if (at + centralSize > end || buffer.readUInt32LE(at) !== centralSignature) {
    throw new CommandFailure(`${place}: central directory is damaged at byte ${at}`);
  }
  const nameLength = buffer.readUInt16LE(at + 28);
  const next = at + centralSize + nameLength + buffer.readUInt16LE(at + 30) + buffer.readUInt16LE(at + 32);
  if (next > end) throw new CommandFailure(`${place}: central directory is cut short at byte ${at}`);
  const name = buffer.toString('utf8', at + centralSize, at + centralSize + nameLength);
  if ((buffer.readUInt16LE(at + 8) & 1) !== 0) throw new CommandFailure(`${place}: member "${name}" is encrypted`);
  const packed = buffer.readUInt32LE(at + 20);
  const size = buffer.readUInt32LE(at + 24);
  const local = buffer.readUInt32LE(at + 42);
  if (packed === zip64 || size === zip64 || local === zip64) {
    throw new CommandFailure(`${place}: member "${name}" is 4 GiB or larger, which is not supported`);
  }
  return { name, method: buffer.readUInt16LE(at + 10), crc: buffer.readUInt32LE(at + 16), packed, size, local, next };
}

function unpack(buffer: Buffer, entry: Entry, where: string): Uint8Array {
  if (entry.local + localSize > buffer.length || buffer.readUInt32LE(entry.local) !== localSignature) {
    throw new CommandFailure(`${where}: local header is damaged`);
  }
  const begin = entry.local + localSize + buffer.readUInt16LE(entry.local + 26) + buffer.readUInt16LE(entry.local + 28);
  if (begin + entry.packed > buffer.length)
    throw new CommandFailure(`${where}: its ${entry.packed} bytes end after the file`);
  const packed = buffer.subarray(begin, begin + entry.packed);
  const bytes = inflate(packed, entry, where);
  if (bytes.length !== entry.size)
    throw new CommandFailure(`${where}: unpacks to ${bytes.length} bytes, directory says ${entry.size}`);
  if (crc32(bytes) !== entry.crc) throw new CommandFailure(`${where}: checksum does not match`);
  return bytes;
}

function inflate(packed: Buffer, entry: Entry, where: string): Uint8Array {
  if (entry.method === stored) return packed;
  if (entry.method !== deflated) throw new CommandFailure(`${where}: compression method ${entry.method}, want 0 or 8`);
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) });
  } catch (error) {
    throw new CommandFailure(
      `${where}: damaged compressed data: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Packs members into an archive, stored unless `compress`. */
export function writeZip(members: readonly ZipMember[], compress = false): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const member of members) {
    const name = Buffer.from(member.name, 'utf8');
    const packed = compress ? deflateRawSync(member.bytes) : member.bytes;
    const fields = { name, packed, size: member.bytes.length, crc: crc32(member.bytes), compress };
    const local = localHeader(fields);
    parts.push(local, packed);
    directory.push(centralHeader(fields, offset));
    offset += local.length + packed.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...parts, central, endRecord(members.length, central.length, offset)]);
}

interface Fields {
  readonly name: Buffer;
  readonly packed: Uint8Array;
  readonly size: number;
  readonly crc: number;
  readonly compress: boolean;
}

/** The 26 bytes that local and central headers share, from the version needed up to the extra-field length. */
function commonFields(fields: Fields): Buffer {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(utf8Names, 2);
  common.writeUInt16LE(fields.compress ? deflated : stored, 4);
  common.writeUInt16LE(0x21, 8);
  common.writeUInt32LE(fields.crc, 10);
  common.writeUInt32LE(fields.packed.length, 14);
  common.writeUInt32LE(fields.size, 18);
  common.writeUInt16LE(fields.name.length, 22);
  return common;
}

function localHeader(fields: Fields): Buffer {
  const signature = Buffer.alloc(4);
  signature.writeUInt32LE(localSignature);
  return Buffer.concat([signature, commonFields(fields), fields.name]);
}

function centralHeader(fields: Fields, offset: number): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt32LE(centralSignature);
  head.writeUInt16LE(20, 4);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(offset, 10);
  return Buffer.concat([head, commonFields(fields), tail, fields.name]);
}

function endRecord(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(endSize);
  end.writeUInt32LE(endSignature);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
