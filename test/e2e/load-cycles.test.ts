// A model that is loaded and unloaded again and again leaves nothing behind: after two hundred times the server needs the memory that it needed
// after the first few.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon, ServerProcess, Workplace } from '../support/server-process.ts';
import { until } from '../support/until.ts';

const cycles = 200;
/** Loads after which everything that is kept once for the process is there, and the heap has found its size. */
const warmUp = 40;
const mostGrowthMb = 10;

function residentMb(pid: number): number {
  const [, kb = ''] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1024;
}

test('load cycles: resident memory after two hundred loads and unloads is what it was after the first few', async (t) => {
  const place = new Workplace();
  const file = projectPath('test/networks/lenet5.mindir');
  const environment = { MINDIRD_ADDON: nativeAddon, MINDIRD_REPOSITORY_POLL: '50ms' };
  const server = await ServerProcess.start(place, { environment });
  try {
    const folder = path.join(place.repository, 'lenet');
    const staged = place.path('staged');
    mkdirSync(path.join(staged, '1'), { recursive: true });
    cpSync(file, path.join(staged, '1/model.mindir'));
    const ended = (event: string): number => server.logged(event).length;
    const sizes: number[] = [];
    for (let cycle = 1; cycle <= cycles; cycle++) {
      cpSync(staged, folder, { recursive: true, preserveTimestamps: true });
      await until(() => ended('model.ready') === cycle, `load ${cycle}`);
      rmSync(folder, { recursive: true });
      await until(() => ended('model.unloaded') === cycle, `the end of load ${cycle}`);
      sizes.push(residentMb(server.pid));
    }
    const before = Math.max(...sizes.slice(0, warmUp));
    const after = Math.min(...sizes.slice(-warmUp));
    t.diagnostic(
      `resident: ${sizes[0]?.toFixed(1)} MB after one cycle, ${before.toFixed(1)} after ${warmUp}, ${after.toFixed(1)} at the end`,
    );
    assert.ok(after - before <= mostGrowthMb, `grew from ${before} to ${after} MB`);
  } finally {
    await server.close();
    place.close();
  }
});
