// Versions in 8 bits (model.precision: int8): what is asked of the one who quantises, before such a version is loaded, and what comes back.

import path from 'node:path';
import type { ServableConfig } from '../config/servable-fields.ts';
import { ServingError, toServingError } from '../errors.ts';

/** What is to be quantised, and how. */
export interface CalibrationOrder {
  /** name/version */
  readonly label: string;
  /** Absolute path of the .mindir file. */
  readonly model: string;
  /** Absolute path of an .npz file of samples, or of a folder of them. */
  readonly data: string;
  /** The folder in which the quantised file is kept. */
  readonly cacheDir: string;
  readonly method: string;
  /** Of the method percentile. */
  readonly percent: number;
  /** Nodes and operators that stay in f32. */
  readonly keepFp32: readonly string[];
  /** Least mean cosine similarity and share of equal predictions. */
  readonly cosine: number;
  readonly top1: number;
  /** Most samples to use. */
  readonly samples: number;
  /** Of one run; 0 = as many as models have that do not say. */
  readonly threads: number;
}

/** A quantised version. */
export interface Calibrated {
  /** The file to load in the model's place. */
  readonly file: string;
  /** What it gains and costs, and whether it was kept from a former start. */
  readonly report: CalibrationReport;
}

/** For the model's report, which holds all of it. */
export interface CalibrationReport {
  readonly cache: 'hit' | 'miss';
  readonly cosine: number;
  readonly quantised: readonly string[];
  readonly kept: readonly unknown[];
}

/** Quantises, or finds what was quantised before; rejects with ServingError. */
export type Calibrate = (order: CalibrationOrder) => Promise<Calibrated>;

/** The order for a version; undefined where it is not to be in 8 bits. Throws where that cannot be. */
export function calibrationOrder(
  label: string,
  file: string,
  { model, calibration }: ServableConfig,
  defaults: { readonly threads: number; readonly cacheDir: string | null },
): CalibrationOrder | undefined {
  if (model.precision !== 'int8') return undefined;
  if (file === '') throw refused('the version has no model of its own');
  if (!file.endsWith('.mindir')) throw refused(`${path.basename(file)} is no .mindir file, its engines are built`);
  if (defaults.cacheDir === null) throw refused('the engine cache, which keeps what is quantised, is off');
  const { data, method, percentile, keep_fp32: keepFp32, cosine, top1, samples } = calibration;
  return {
    label,
    model: path.resolve(file),
    data: data ?? '',
    cacheDir: path.resolve(defaults.cacheDir),
    method,
    percent: percentile,
    keepFp32,
    cosine,
    top1,
    samples,
    threads: model.threads === 0 ? defaults.threads : model.threads,
  };
}

/** Has an order done. What is wrong with it is told without places of this machine. */
export async function calibrated(order: CalibrationOrder, calibrate: Calibrate | undefined): Promise<Calibrated> {
  if (calibrate === undefined) throw refused('nothing here quantises');
  try {
    return await calibrate(order);
  } catch (caught) {
    const { code, message } = toServingError(caught);
    const folders = [order.data, order.model, path.join(order.cacheDir, 'file')].map(
      (file) => `${path.dirname(file)}/`,
    );
    const text = folders.reduce((said, folder) => said.replaceAll(folder, ''), message);
    // What a request would be told is here what the configuration is told.
    throw new ServingError(code === 'INVALID_ARGUMENT' ? 'INVALID_CONFIG' : code, `calibration: ${text}`, {
      cause: caught,
    });
  }
}

function refused(reason: string): ServingError {
  return new ServingError('INVALID_CONFIG', `model.precision int8: ${reason}`);
}
