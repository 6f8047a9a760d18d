// What a start costs: processor time of the whole process until it says that it is ready, and of a command that does nothing. The clock is no
// measure on a busy machine; the least of some starts is, since what else runs can only add to it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon, program, ServerProcess, Workplace } from '../support/server-process.ts';

const starts = 3;
const mostReadyMs = 600;
const mostVersionMs = 250;
/** One tick of the times in /proc/PID/stat, in milliseconds. */
const tickMs = 10;

/** Processor time of a process so far, its children's that have ended included. */
function spentMs(pid: number | 'self'): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
  return ((user ?? 0) + (system ?? 0) + (childUser ?? 0) + (childSystem ?? 0)) * tickMs;
}

test('start: LeNet with a warm cache is ready in little processor time', async (t) => {
  const place = new Workplace();
  const file = path.join(place.repository, 'lenet/1/model.mindir');
  mkdirSync(path.dirname(file), { recursive: true });
  cpSync(projectPath('test/networks/lenet5.mindir'), file);
  utimesSync(file, 1e9, 1e9);
  const environment = { MINDIRD_ADDON: nativeAddon, NODE_COMPILE_CACHE: place.path('compiled') };
  try {
    const spent: number[] = [];
    for (let i = 0; i <= starts; i++) {
      const server = await ServerProcess.start(place, { environment });
      spent.push(spentMs(server.pid));
      assert.match(server.readyLine, /1 model version\n/);
      // Ended in order, so that what V8 compiled is kept for the next.
      server.signal('SIGTERM');
      await server.exited();
      await server.close();
    }
    const [cold, ...warm] = spent;
    t.diagnostic(`processor time until ready: ${cold} ms at first, then ${warm.join(', ')} ms`);
    assert.ok(Math.min(...warm) <= mostReadyMs, `${warm.join(', ')} ms`);
  } finally {
    place.close();
  }
});

test('start: a command loads its own code alone', (t) => {
  const spent = Array.from({ length: starts }, () => {
    const before = spentMs('self');
    const { status } = spawnSync(program, ['--version']);
    assert.equal(status, 0);
    return spentMs('self') - before;
  });
  t.diagnostic(`processor time of --version: ${spent.join(', ')} ms`);
  assert.ok(Math.min(...spent) <= mostVersionMs, `${spent.join(', ')} ms`);
});
