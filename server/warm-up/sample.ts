// The request of a sample of model_warmup (config/triton/warm-up.ts). What is made up is what any model takes: numbers from 0 to 1, and the whole
// numbers 0 and 1, which are places in every table of two entries; random bytes would be NaN and places that are not there.

import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { WarmUpInput, WarmUpSample } from '../config/triton/warm-up.ts';
import { ServingError } from '../errors.ts';
import { elementCount, elementSize } from '../inference/dtype.ts';
import type { AnyTensor } from '../inference/request.ts';
import { elementTypes } from '../util/element-types.ts';
import { bytesText, quote } from '../util/text.ts';

/** The inputs of a sample, with `folder` holding its files. Throws INVALID_MODEL or TOO_LARGE. */
export async function sampleInputs(sample: WarmUpSample, folder: string, maxBytes: number): Promise<AnyTensor[]> {
  const inputs: AnyTensor[] = [];
  let left = maxBytes;
  for (const input of sample.inputs) {
    const tensor = await tensorOf(input, sample.rows, folder, left);
    left -= tensor.bytes.byteLength;
    inputs.push(tensor);
  }
  return inputs;
}

async function tensorOf(input: WarmUpInput, rows: number, folder: string, left: number): Promise<AnyTensor> {
  const { name, dtype, data } = input;
  const place = `input ${quote(name)}`;
  const shape = rows === 0 ? input.shape : [rows, ...input.shape];
  const elements = elementCount(shape);
  const size = dtype === 'BYTES' ? 4 * elements : elements * elementSize(dtype);
  if (elements < 0 || size > left)
    throw new ServingError('TOO_LARGE', `${place}: the request has more than ${bytesText(left)} (server.max_message)`);
  if (typeof data === 'object') {
    const bytes = await contentsOf(path.join(folder, data.file), place, left);
    return {
      name,
      dtype,
      shape,
      bytes: dtype === 'BYTES' ? bytes : asMany(bytes, size, rows, `${place}: ${data.file}`),
    };
  }
  const bytes = Buffer.alloc(size);
  if (data === 'random' && dtype !== 'BYTES') {
    const { bytes: step, kind, write } = elementTypes[dtype];
    const view = new DataView(bytes.buffer, bytes.byteOffset, size);
    const isFine = kind === 'real' && step > 2;
    for (let at = 0; at < size; at += step) write(view, at, isFine ? Math.random() : Number(Math.random() < 0.5));
  }
  return { name, dtype, shape, bytes };
}

/** A file holds one row, which is repeated, or all of them; what is behind them is left. */
function asMany(bytes: Buffer, size: number, rows: number, place: string): Buffer {
  if (bytes.length >= size) return bytes.subarray(0, size);
  const row = size / Math.max(1, rows);
  if (bytes.length < row)
    throw new ServingError('INVALID_MODEL', `${place}: has ${bytes.length} bytes, want ${row} for a row`);
  return Buffer.concat(Array.from({ length: rows }, () => bytes.subarray(0, row)));
}

async function contentsOf(file: string, place: string, left: number): Promise<Buffer> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new ServingError('INVALID_MODEL', `${place}: ${file}: is no file`);
    if (found.size > left)
      throw new ServingError('TOO_LARGE', `${place}: ${file}: has ${bytesText(found.size)} (server.max_message)`);
    return await readFile(file);
  } catch (caught) {
    if (caught instanceof ServingError) throw caught;
    throw new ServingError('INVALID_MODEL', `${place}: ${(caught as Error).message}`);
  }
}
