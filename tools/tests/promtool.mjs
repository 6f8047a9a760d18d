// promtool, with the prometheus beside it, for the tests: those on the machine, or those in Debian's package.

import path from 'node:path';
import { hasProgram } from '../lib/run.mjs';
import { unpackedPackages } from './debian.mjs';

/** Makes sure there is a promtool; returns how to start it. */
export async function preparePromtool() {
  if ((await hasProgram('promtool')) && (await hasProgram('prometheus'))) return 'promtool';
  return path.join(await unpackedPackages('prometheus', ['prometheus']), 'usr', 'bin', 'promtool');
}
