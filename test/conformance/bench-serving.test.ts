// `npm run bench:serving` with one short round: it runs against the real server, and its files say what it found.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { Workplace } from '../support/server-process.ts';

const place = new Workplace();
after(() => place.close());

interface Cell {
  readonly n: number;
  readonly p50: number;
  readonly cpu_ms: number;
  readonly curve: readonly (readonly [number, number])[];
}

interface Result {
  readonly servers: readonly string[];
  readonly starts: { readonly mindird: { readonly ready_s: number; readonly resident_mib: number } };
  readonly cells: Readonly<Record<string, { readonly mindird: Cell }>>;
  readonly stages: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

test('bench:serving: every cell is filled; 0 on a quiet machine, 3 on another', () => {
  const [json, html] = [place.path('serving.json'), place.path('serving.html')];
  const args = ['--quick', '--sizes', '100b', '--seconds', '0.2', '--json', json, '--html', html];
  const run = spawnSync(process.execPath, [projectPath('tools', 'bench-serving.mjs'), ...args], { encoding: 'utf8' });
  assert.ok(run.status === 0 || run.status === 3, `${run.status}: ${run.stdout}${run.stderr}`);
  assert.equal(run.status === 3, /^disturbed: /m.test(run.stdout));
  const { servers, starts, cells, stages } = JSON.parse(readFileSync(json, 'utf8')) as Result;
  assert.deepEqual(servers, ['mindird']);
  assert.ok(starts.mindird.ready_s > 0 && starts.mindird.resident_mib > 10);
  assert.deepEqual(Object.keys(cells), ['100b@1', '100b@16', '100b@open']);
  for (const { mindird } of Object.values(cells)) {
    assert.ok(mindird.n > 0 && mindird.p50 > 0 && mindird.cpu_ms > 0);
    assert.deepEqual(
      mindird.curve.map(([, ms]) => ms),
      mindird.curve.map(([, ms]) => ms).sort((a, b) => a - b),
    );
  }
  assert.ok((stages['100b']?.['queue'] ?? -1) >= 0 && (stages['100b']?.['outside'] ?? -1) >= 0);
  assert.match(readFileSync(html, 'utf8'), /<h1>Servers side by side<\/h1>/);
});
