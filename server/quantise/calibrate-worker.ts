// The thread that quantises for a server; calibrate-thread.ts starts it with an order, and it answers once.

import { parentPort, workerData } from 'node:worker_threads';
import { toServingError } from '../errors.ts';
import type { CalibrationOrder } from '../model/calibration.ts';
import { loadAddon } from '../native/binding.ts';
import { calibrateHere } from './calibrate.ts';
import type { CalibrateAnswer } from './calibrate-thread.ts';

async function answer(): Promise<CalibrateAnswer> {
  try {
    return { calibrated: await calibrateHere(workerData as CalibrationOrder, loadAddon) };
  } catch (caught) {
    const { code, message } = toServingError(caught);
    return { error: { code, message } };
  }
}

void answer().then((given) => parentPort?.postMessage(given));
