// The process that builds engines outlives no server.

import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { addonPath } from '../../../server/native/binding.ts';
import { projectPath } from '../../../server/util/root.ts';
import { ServerProcess, Workplace, waitFor } from '../../support/server-process.ts';
import { standInEnvironment } from './stand-ins.ts';

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
});
afterEach(() => place.close());

/** Processes that build for a server. */
function buildersOf(server: number): readonly string[] {
  return readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const words = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
      return words[0]?.endsWith('/mindird-builder') === true && words[2] === String(server);
    } catch {
      return false;
    }
  });
}

describe('the process that builds TensorRT engines', () => {
  it('it ends with the server, however that ends', async () => {
    const version = path.join(place.repository, 'lenet5', '1');
    mkdirSync(version, { recursive: true });
    copyFileSync(projectPath('test', 'networks', 'lenet5.mindir'), path.join(version, 'model.mindir'));
    const environment = { ...standInEnvironment({ nvinfer: 'build=hang' }), MINDIRD_ADDON: addonPath() };
    const server = ServerProcess.launch(place, { environment });
    const { pid } = server;
    try {
      await waitFor(() => buildersOf(pid).length === 1, 'the builder to start', 60_000);
      server.signal('SIGKILL');
      await waitFor(() => buildersOf(pid).length === 0, 'the builder to end');
    } finally {
      await server.close();
    }
  });
});
