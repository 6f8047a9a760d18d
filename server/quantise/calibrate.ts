// One order from beginning to end: what is kept is taken, what is not is quantised.

import { ServingError } from '../errors.ts';
import type { Calibrated, CalibrationOrder } from '../model/calibration.ts';
import type { NativeAddon } from '../native/binding-types.ts';
import { keep, lookUp, placeOf } from './kept.ts';
import { quantiseFile } from './quantise.ts';
import type { RangeMethod } from './ranges.ts';
import { Runner } from './runner.ts';

/** Quantises, or finds what was quantised before. Takes the completion handler of this environment where it quantises. Throws ServingError. */
export async function calibrateHere(order: CalibrationOrder, addon: () => NativeAddon): Promise<Calibrated> {
  const place = await placeOf(order);
  const known = await lookUp(place);
  if (known !== undefined) return { file: place, report: { cache: 'hit', ...known.result } };
  const wanted = {
    ...order,
    method: order.method as RangeMethod,
    keep: order.keepFp32,
    keepSetting: 'calibration.keep_fp32',
    output: place,
  };
  const result = await quantiseFile(wanted, new Runner(addon(), order.threads), () => undefined);
  if ((await placeOf(order)) !== place)
    throw new ServingError('INVALID_MODEL', 'the model or its samples changed while they were read');
  const { result: told } = await keep(place, result);
  return { file: place, report: { cache: 'miss', ...told } };
}
