// What the addon knows of this machine: instruction set, CPU quota, engines and library versions.

import { loadAddon } from '../../native/binding.ts';
import type { SystemInfo } from '../../native/binding-types.ts';

/** Undefined when the addon is not built or does not load; a report then says less, but is still made. */
export function systemInfo(): SystemInfo | undefined {
  try {
    return loadAddon().systemInfo();
  } catch {
    return undefined;
  }
}
