// The process that builds engines outlives no server.

import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { addonPath } from '../../../server/native/addon-file.ts';
import { projectPath } from '../../../server/util/root.ts';
import { ServerProcess, Workplace } from '../../support/server-process.ts';
import { until } from '../../support/until.ts';
import { buildersOf, standInEnvironment } from './stand-ins.ts';

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
});
afterEach(() => place.close());

describe('the process that builds TensorRT engines', () => {
  it('it ends with the server, however that ends', async () => {
    const version = path.join(place.repository, 'lenet5', '1');
    mkdirSync(version, { recursive: true });
    copyFileSync(projectPath('test', 'networks', 'lenet5.mindir'), path.join(version, 'model.mindir'));
    const environment = { ...standInEnvironment({ nvinfer: 'build=hang' }), MINDIRD_ADDON: addonPath() };
    const server = ServerProcess.launch(place, { environment });
    const { pid } = server;
    try {
      await until(() => buildersOf(pid) === 1, 'the builder to start');
      server.signal('SIGKILL');
      await until(() => buildersOf(pid) === 0, 'the builder to end');
    } finally {
      await server.close();
    }
  });
});
