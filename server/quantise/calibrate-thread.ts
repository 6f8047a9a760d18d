// Quantises for a server on a thread of its own, whose environment has its own completion handler: the event loop goes on serving.

import { Worker } from 'node:worker_threads';
import type { ErrorCode } from '../errors.ts';
import { ServingError } from '../errors.ts';
import type { Calibrated, CalibrationOrder } from '../model/calibration.ts';

export type CalibrateAnswer =
  | { readonly calibrated: Calibrated }
  | { readonly error: { readonly code: ErrorCode; readonly message: string } };

/** Quantises, or finds what was quantised before; rejects with ServingError. */
export async function calibrate(order: CalibrationOrder): Promise<Calibrated> {
  const worker = new Worker(new URL('./calibrate-worker.js', import.meta.url), {
    name: 'calibration',
    workerData: order,
  });
  // A server that stops does not wait for it.
  worker.unref();
  try {
    const answer = await new Promise<CalibrateAnswer>((resolve, reject) => {
      const ended = (): void => reject(new ServingError('INTERNAL', 'the thread that quantises has ended'));
      worker.once('message', resolve).once('error', reject).once('exit', ended);
    });
    if ('calibrated' in answer) return answer.calibrated;
    throw new ServingError(answer.error.code, answer.error.message);
  } finally {
    await worker.terminate();
  }
}
