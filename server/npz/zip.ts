// The ZIP files that .npz is made of, by yauzl and yazl; beside what they check, the number and the size of members are bounded and checksums are compared.

import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { ZipFile as ZipWriter } from 'yazl';
import { ServingError } from '../errors.ts';

/** One member of an archive. */
export interface ZipMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const maxMembers = 4096;
/** Archives of the same arrays are the same bytes. */
const writtenAt = new Date(1980, 0, 1);

/** Unpacks an archive; rejects with an Error whose message starts with `place`. `limit` caps the sum of unpacked bytes. */
export async function readZip(file: Uint8Array, place: string, limit: number): Promise<ZipMember[]> {
  const members: ZipMember[] = [];
  let where = place;
  try {
    const zip = await fromBufferPromise(Buffer.from(file.buffer, file.byteOffset, file.byteLength), {
      lazyEntries: true,
    });
    if (zip.entryCount > maxMembers)
      throw new ServingError(
        'INVALID_ARGUMENT',
        `${place}: archive has ${zip.entryCount} members, want at most ${maxMembers}`,
      );
    let room = limit;
    for await (const entry of zip.eachEntry()) {
      where = `${place}: member "${entry.fileName}"`;
      if (entry.uncompressedSize > room)
        throw new ServingError('INVALID_ARGUMENT', `${where}: unpacked size exceeds the limit of ${limit} bytes`);
      room -= entry.uncompressedSize;
      members.push({ name: entry.fileName, bytes: await unpack(zip, entry, where) });
      where = place;
    }
  } catch (caught) {
    if (caught instanceof ServingError) throw caught;
    throw new ServingError(
      'INVALID_ARGUMENT',
      `${where}: ${caught instanceof Error ? caught.message : String(caught)}`,
    );
  }
  return members;
}

async function unpack(zip: ZipFile, entry: Entry, where: string): Promise<Uint8Array> {
  // Its length is compared with the directory's while it is read.
  const bytes = await buffer(await zip.openReadStreamPromise(entry));
  if (crc32(bytes) !== entry.crc32) throw new ServingError('INVALID_ARGUMENT', `${where}: checksum does not match`);
  return bytes;
}

/** Packs members into an archive, stored unless `compress`. */
export async function writeZip(members: readonly ZipMember[], compress = false): Promise<Uint8Array> {
  const zip = new ZipWriter();
  for (const { name, bytes } of members)
    zip.addBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), name, {
      compress,
      mtime: writtenAt,
      forceDosTimestamp: true,
    });
  zip.end();
  return buffer(zip.outputStream);
}
