// Compression of replies, for clients that say they take it.

import { createDeflate, createGzip } from 'node:zlib';

export type Coding = 'gzip' | 'deflate';

/** Shorter replies are not worth it. */
const shortest = 1024;

/** Numbers hardly get smaller at higher levels, which cost several times as much. */
const level = 1;

/** The coding of a reply; undefined for none. `accepted` is the header Accept-Encoding. */
export function codingFor(accepted: string, pieces: readonly Uint8Array[]): Coding | undefined {
  if (accepted === '' || pieces.reduce((sum, { length }) => sum + length, 0) < shortest) return undefined;
  const taken = new Set(
    accepted
      .toLowerCase()
      .split(',')
      .map((part) => part.split(';').map((text) => text.trim()))
      .filter(([, quality = '']) => !/^q=0(\.0*)?$/.test(quality))
      .map(([name]) => name),
  );
  if (taken.has('gzip')) return 'gzip';
  return taken.has('deflate') ? 'deflate' : undefined;
}

/** The pieces as one compressed body. */
export function compress(pieces: readonly Uint8Array[], coding: Coding): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = coding === 'gzip' ? createGzip({ level }) : createDeflate({ level });
    const out: Buffer[] = [];
    stream.on('data', (piece: Buffer) => out.push(piece));
    stream.on('error', reject);
    stream.on('end', () => resolve(Buffer.concat(out)));
    for (const piece of pieces) stream.write(piece);
    stream.end();
  });
}
