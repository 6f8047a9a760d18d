// Quantised models that are kept in the engine cache: two files under one name, which is made of what they are made from. They are named as the
// cache's own entries are, so that its limit counts them and those used longest ago go.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, utimes } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { CalibrationOrder } from '../model/calibration.ts';
import { projectVersion } from '../util/version.ts';
import { writeWhole } from '../util/whole-file.ts';
import type { QuantiseResult } from './result.ts';
import { filesOf } from './samples.ts';

/** What the report's file holds. */
export interface KeptReport {
  /** Of the model's file, so that a broken one is seen. */
  readonly sha256: string;
  readonly result: Omit<QuantiseResult, 'file'>;
}

/** Digits of one half of an entry's name. */
const hashDigits = 32;

/** Where the quantised model of an order lies: by the content of model and samples, by the settings, and by who quantises. */
export async function placeOf(order: CalibrationOrder): Promise<string> {
  const { model, data, method, percent, keepFp32, cosine, top1, samples } = order;
  const contents: (readonly [string, string])[] = [];
  for (const file of await filesOf(data)) contents.push([path.basename(file), await sha256Of(file)]);
  const settings = JSON.stringify([projectVersion(), method, percent, keepFp32, cosine, top1, samples, contents]);
  const own = createHash('sha256').update(settings).digest('hex');
  const name = `${(await sha256Of(model)).slice(0, hashDigits)}-${own.slice(0, hashDigits)}`;
  return path.join(order.cacheDir, `${name}.int8`);
}

/** What is known of the quantised model at a place; undefined where it is not there as it was written. */
export async function lookUp(place: string): Promise<KeptReport | undefined> {
  try {
    const report = JSON.parse(await readFile(reportOf(place), 'utf8')) as KeptReport;
    if ((await sha256Of(place)) !== report.sha256) return undefined;
    const now = new Date();
    // Where the folder may only be read, its owner decides what stays.
    await Promise.all([place, reportOf(place)].map((file) => utimes(file, now, now))).catch(() => undefined);
    return report;
  } catch {
    return undefined;
  }
}

/** Writes the report that makes the model at a place one that is kept. */
export async function keep(place: string, { file, ...result }: QuantiseResult): Promise<KeptReport> {
  const report: KeptReport = { sha256: await sha256Of(file), result };
  await writeWhole(reportOf(place), JSON.stringify(report));
  return report;
}

const reportOf = (place: string): string => `${place}report`;

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
