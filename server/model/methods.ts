// The methods that a servable's configuration names.

import { parseMethod } from '../config/methods.ts';
import type { ServableConfig } from '../config/servable-fields.ts';
import type { ServedMethod } from './served.ts';

/** Those that are available, then those that are not. */
export function methodsOf({ mindspore_serving: { methods, refused } }: ServableConfig): readonly ServedMethod[] {
  const unavailable = refused.map((text): ServedMethod => {
    const end = text.indexOf(':');
    return { name: text.slice(0, end), inputs: [], outputs: [], refused: text.slice(end + 1).trim() };
  });
  return [...methods.flatMap((text) => parseMethod(text) ?? []), ...unavailable];
}
