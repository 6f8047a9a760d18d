// The machine's Go tool chain, which some tests need for programs and files that are only to be had as modules of Go.

import { existsSync } from 'node:fs';
import { hasProgram } from './run.mjs';

const kUsual = '/usr/local/go/bin/go';

/** How to start Go: from PATH, or from where its own installer puts it; undefined where there is none. */
export async function goProgram() {
  if (await hasProgram('go', ['version'])) return 'go';
  return existsSync(kUsual) ? kUsual : undefined;
}
