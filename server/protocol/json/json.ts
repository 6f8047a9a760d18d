// JSON from outside: bounded in size and depth before it is parsed, and with every integer exact where it matters.

import { isUtf8 } from 'node:buffer';
import { parse } from 'lossless-json';
import { ServingError } from '../../errors.ts';
import { bytesText } from '../../util/text.ts';

/** Longest JSON of a request: parsing holds up everybody, some milliseconds a megabyte. Tensors beyond it are sent as binary data. */
const longestJson = 32 * 2 ** 20;

/** Deepest nesting; a tensor of the highest rank has half of it. */
const deepest = 64;

const quoteMark = 0x22;
const backslash = 0x5c;

function refuse(what: string): never {
  throw new ServingError('INVALID_ARGUMENT', `request JSON: ${what}`);
}

/** The text of a JSON body; throws INVALID_ARGUMENT or TOO_LARGE for what is not worth parsing. */
export function jsonText(bytes: Buffer): string {
  if (bytes.length > longestJson) {
    const limit = `the limit is ${bytesText(longestJson)}; send tensors as binary data`;
    throw new ServingError('TOO_LARGE', `request JSON: ${bytesText(bytes.length)}, ${limit}`);
  }
  if (!isUtf8(bytes)) refuse('is not UTF-8');
  checkDepth(bytes);
  return bytes.toString('utf8');
}

function checkDepth(bytes: Buffer): void {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quoteMark) at = endOfString(bytes, at + 1);
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      if (depth > deepest) refuse(`nested deeper than ${deepest} levels at byte ${at}`);
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
  }
}

/** Place of the quotation mark that ends a string, or the end. */
function endOfString(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== quoteMark) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

export type ParseJson = (text: string) => unknown;

/** Parses; numbers are doubles. */
export function plainJson(text: string): unknown {
  return parsed(() => JSON.parse(text));
}

/** The same, with integers that a double does not hold as bigint; several times as slow. */
export function exactJson(text: string): unknown {
  return parsed(() => parse(text, null, exactNumber));
}

function exactNumber(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(text) ? value : BigInt(text);
}

function parsed(parseText: () => unknown): unknown {
  try {
    return parseText();
  } catch (caught) {
    return refuse(caught instanceof Error ? caught.message.slice(0, 200) : 'is no JSON');
  }
}
