// The images of the demo's test set with the logits that MindSpore computed for them, and requests with them.

import { readNpz } from '../../server/npz/npz.ts';
import { projectPath } from '../../server/util/root.ts';
import type { TestClient } from './grpc-client.ts';

/** How many images there are, and numbers in one (1×32×32). */
export const images = 360;
export const pixels: number = 32 * 32;

export interface Expected {
  readonly images: Float32Array;
  readonly labels: BigInt64Array;
  /** 10 of each image. */
  readonly logits: Float32Array;
}

/** All images, one after the other. */
export async function expected(): Promise<Expected> {
  const arrays = await readNpz(projectPath('test', 'fixtures', 'digits', 'digits_test.npz'));
  const bytes = (name: string): ArrayBuffer => Uint8Array.from(arrays.get(name)?.bytes ?? []).buffer;
  return {
    images: new Float32Array(bytes('images')),
    labels: new BigInt64Array(bytes('labels')),
    logits: new Float32Array(bytes('logits')),
  };
}

interface InferReplyMessage {
  readonly model_version: string;
  readonly raw_output_contents: readonly Buffer[];
}

/** Logits of some images, in one request. */
export async function classify(
  client: TestClient,
  rows: Float32Array,
  version = '',
  options: { readonly timeoutMs?: number } = {},
): Promise<{ readonly version: string; readonly logits: Float32Array }> {
  const message = {
    model_name: 'digits',
    model_version: version,
    inputs: [{ name: 'image', datatype: 'FP32', shape: [rows.length / pixels, 1, 32, 32] }],
    raw_input_contents: [Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength)],
  };
  const { reply } = await client.call<InferReplyMessage>('inference.ModelInfer', message, options);
  return {
    version: reply.model_version,
    logits: new Float32Array(Uint8Array.from(reply.raw_output_contents[0] ?? []).buffer),
  };
}

/** The class a row of logits tells. */
export function largest(row: Float32Array): number {
  return row.indexOf(Math.max(...row));
}

/** The first logit that is not MindSpore's, in words. */
export function difference(logits: Float32Array, wanted: Float32Array): string | undefined {
  if (logits.length !== wanted.length) return `${logits.length} logits, want ${wanted.length}`;
  const at = wanted.findIndex((value, i) => !(Math.abs((logits[i] ?? 0) - value) <= 1e-4 + 1e-3 * Math.abs(value)));
  return at < 0 ? undefined : `logit ${at}: ${logits[at]}, want ${wanted[at]}`;
}
