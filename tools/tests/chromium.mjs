// A browser for the test of the status page: the one on the machine, or Debian's, which is installed where that is possible.

import { hasProgram, run } from '../lib/run.mjs';

const kNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

async function found() {
  for (const name of kNames) if (await hasProgram(name)) return name;
  return undefined;
}

/** How to start a browser, or why there is none: {chromium} or {why}. */
export async function prepareChromium() {
  const own = await found();
  if (own !== undefined) return { chromium: own };
  if (process.getuid?.() !== 0) return { why: 'no Chromium on this machine, and only root can install one' };
  const install = () =>
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], {
      capture: true,
      mayFail: true,
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  try {
    if ((await install()).code !== 0) {
      await run('apt-get', ['update', '-q'], { capture: true, mayFail: true });
      const { code, out } = await install();
      if (code !== 0) return { why: `apt-get install chromium: ${out.trim().split('\n').at(-1)}` };
    }
  } catch (caught) {
    return { why: caught.message };
  }
  const installed = await found();
  return installed === undefined ? { why: 'the package chromium brings no browser' } : { chromium: installed };
}
