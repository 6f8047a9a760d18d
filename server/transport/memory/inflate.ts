// Compressed request messages: what the inflater gives is charged as it gives it, so that a message costs what it becomes,
// and one that becomes too much is stopped there.

import { createGunzip, createInflate } from 'node:zlib';
import { ServingError } from '../../errors.ts';
import { bytesText, quote } from '../../util/text.ts';

/** Encodings of grpc-encoding that are read. */
export const ENCODINGS = 'identity,deflate,gzip';

/**
 * Inflates a message. `charge` is told of each piece and returns why it is refused, if it is. Rejects with INVALID_ARGUMENT,
 * UNSUPPORTED, TOO_LARGE or what `charge` returned.
 */
export function inflate(
  message: Buffer,
  encoding: string,
  max: number,
  charge: (bytes: number) => ServingError | undefined,
): Promise<Buffer> {
  if (encoding === '' || encoding === 'identity') {
    const text = 'request message: is marked as compressed, but the call has no grpc-encoding';
    return Promise.reject(new ServingError('INVALID_ARGUMENT', text));
  }
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    const text = `request message: grpc-encoding is ${quote(encoding)}, want one of ${ENCODINGS}`;
    return Promise.reject(new ServingError('UNSUPPORTED', text));
  }
  return new Promise((resolve, reject) => {
    const inflater = encoding === 'gzip' ? createGunzip() : createInflate();
    const pieces: Buffer[] = [];
    let size = 0;
    const refuse = (error: ServingError): void => {
      inflater.destroy();
      reject(error);
    };
    inflater.on('error', (error) =>
      refuse(new ServingError('INVALID_ARGUMENT', `request message: is not ${encoding}: ${error.message}`)),
    );
    inflater.on('data', (piece: Buffer) => {
      if (inflater.destroyed) return;
      size += piece.length;
      const limit = `the limit is ${max} bytes (${bytesText(max)}, server.max_message)`;
      if (size > max) return refuse(new ServingError('TOO_LARGE', `a request message that inflates to more, ${limit}`));
      const refusal = charge(piece.length);
      if (refusal !== undefined) return refuse(refusal);
      pieces.push(piece);
    });
    inflater.on('end', () => resolve(Buffer.concat(pieces, size)));
    inflater.end(message);
  });
}
