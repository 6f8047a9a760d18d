// Parts of regions of shared memory as parameters in JSON: where a tensor is read from or written to.

import type { RegionPart } from '../../inference/shared-regions.ts';
import { type JsonObject, textOf, wholeOf } from '../json/fields.ts';
import { MAX_NAME } from '../open-inference/limits.ts';
import { wholePart } from '../open-inference/regions.ts';

const known = ['shared_memory_region', 'shared_memory_byte_size', 'shared_memory_offset'] as const;

/** The part that the parameters of a tensor name; undefined where they name none. Throws INVALID_ARGUMENT. */
export function partOf(parameters: JsonObject, place: string): RegionPart | undefined {
  const [region, size, offset] = known;
  if (!known.some((key) => parameters[key] !== undefined)) return undefined;
  const draft = {
    region: textOf(parameters, region, MAX_NAME, place) ?? '',
    offset: wholeOf(parameters, offset, place),
    byteSize: parameters[size] === undefined ? -1 : wholeOf(parameters, size, place),
  };
  return wholePart(draft, place);
}
