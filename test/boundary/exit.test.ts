// A process may end while a model is being built: it ends with its own exit status.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { digitsOptions } from './addon-session.ts';

const rounds = 40;

test('exit: in the middle of a build, with the status that was asked for', () => {
  const options = { ...digitsOptions(), path: projectPath('test', 'networks', 'inception_v3.mindir') };
  const script = `
    const addon = require(${JSON.stringify(process.env['MINDIRD_ADDON'] ?? projectPath('build', 'release', 'mindird.node'))});
    addon.configure({ threads: 1 });
    addon.setCompletionHandler(() => undefined);
    const load = () => addon.load(${JSON.stringify(options)}).then(load);
    load();
    setTimeout(() => process.exit(7), 30 + Math.random() * 100);`;
  for (let round = 0; round < rounds; round++) {
    const { status, signal } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    assert.deepEqual({ status, signal }, { status: 7, signal: null }, `round ${round}`);
  }
});
