// The document and the checks from results that were made up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reliabilityDocument } from './document.mjs';
import { overloadChecks } from './overload.mjs';
import { reloadChecks } from './reloads.mjs';
import { sigtermChecks } from './sigterm.mjs';
import { soakChecks } from './soak.mjs';

const step = (change = {}) => ({
  ...{ factor: 2, sent: 10, ok: 6, in_time: 6, refused: 4, hinted: 4, late: 0, wrong: 0, failed: 0, lost: 0 },
  ...{ per_second: 100, peak_per_second: 102, refusal: { p50: 0.5, p90: 0.9, p99: 1.5 }, lag: { p99: 0.1 } },
  ...change,
});
const overload = (change) => ({
  ...{ nodes: 9, seconds: 1, deadline_ms: 100, queue: 20, end: { code: 0, signal: null } },
  steps: [step(change)],
});
const failing = (checks) => checks.filter(({ ok }) => !ok).map(({ what }) => what);

test('overload: what holds, and each way not to', () => {
  assert.deepEqual(failing(overloadChecks(overload())), []);
  assert.match(failing(overloadChecks(overload({ per_second: 90 })))[0], /answers in time/);
  assert.match(failing(overloadChecks(overload({ refusal: { p99: 3 } })))[0], /refusals/);
  assert.match(failing(overloadChecks(overload({ hinted: 3 })))[0], /when to try again/);
  assert.match(failing(overloadChecks(overload({ lost: 1 })))[0], /lost/);
  assert.match(failing(overloadChecks(overload({ lag: { p99: 5 } })))[0], /how late the client/);
  assert.match(failing(overloadChecks({ ...overload(), end: { code: null, signal: 'SIGSEGV' } }))[0], /exit status/);
});

test('SIGTERM: a request without an ending of its own is told, and so is a run without answers', () => {
  const found = { count: 1, sent: 3, ok: 2, refused: 1, lost: 0, failed: 0, wrong: 0, late: 0, bad_ends: [] };
  assert.deepEqual(failing(sigtermChecks(found)), []);
  assert.equal(failing(sigtermChecks({ ...found, sent: 4, lost: 1 })).length, 1);
  assert.equal(failing(sigtermChecks({ ...found, ok: 0, refused: 3 })).length, 1);
});

const slice = (calm, during, change = {}) => ({
  calm: { sent: 10, ok: 10, latency: { p50: 1, p90: 1, p99: calm } },
  during: { sent: 10, ok: 10, latency: { p50: 1, p90: 1, p99: during }, ...change },
});

test('reloads: the tail is compared slice by slice, so that a disturbed one counts once', () => {
  const found = { network: 'n', count: 3, rate: 5, poll: '1s', seconds: 10, end: { code: 0 } };
  assert.deepEqual(failing(reloadChecks({ ...found, slices: [slice(2, 2.5), slice(2, 40), slice(20, 22)] })), []);
  assert.match(failing(reloadChecks({ ...found, slices: [slice(2, 3), slice(2, 2), slice(2, 3)] }))[0], /percentile/);
  assert.match(failing(reloadChecks({ ...found, slices: [slice(2, 2, { ok: 9 })] }))[0], /right answer/);
});

test('soak: a short run tells nothing of an hour', () => {
  const found = { loaded: { sent: 1, ok: 1, seconds: 7200.5 }, mib_per_hour: 5, end: { code: 0 } };
  assert.equal(soakChecks({ ...found, seconds: 60 })[0].ok, undefined);
  assert.equal(soakChecks({ ...found, seconds: 7200 })[0].ok, false);
});

test('soak: a load that ended before its time is told', () => {
  const found = { loaded: { sent: 1, ok: 1, seconds: 700 }, mib_per_hour: 0, seconds: 7200, end: { code: 0 } };
  assert.deepEqual(failing(soakChecks(found)), ['soak of 7200 s: time under load']);
});

test('document: machine, checks and parts', () => {
  const machine = { cpu: 'CPU', cores: 2, memory_gib: 4, kernel: '6', node: 'v1', commit: 'abc', date: 'D', load: [1] };
  const slices = [slice(1, 2), slice(1, 4)];
  const phases = {
    overload: overload(),
    reloads: { network: 'n', count: 3, rate: 5, poll: '1s', seconds: 10, slices },
  };
  const checks = [...overloadChecks(phases.overload), { what: 'w', wanted: '1', found: '2', ok: false }];
  const frame = { machine, load_after: [2], busy: { used: 0.5, stolen: 0 }, cores: { server: '0', client: '1' } };
  const text = reliabilityDocument([{ ...frame, phases, checks }]);
  assert.match(text, /\| w \| 1 \| 2 \| \*\*does not hold\*\* \|/);
  assert.match(text, /\| 2× \| 102 \| 10 \| 6 \| 98\.0 % \| 4 \| 0 \| – \| – \| – \| 0\.50 \| 0\.90 \| 1\.50 \|/);
  assert.match(text, /^overload, reloads: CPU, 2 cores .*commit abc; D;$/m);
  assert.match(text, /\| with reloads \| 20 \| 20 \| 1\.00 \| 1\.00 \| 3\.00 \| 2\.00 \| 4\.00 \|/);
});

test('document: of several runs, each with its conditions', () => {
  const run = (commit, name, found) => ({
    machine: { cpu: 'CPU', cores: 2, memory_gib: 4, kernel: '6', node: 'v1', commit, date: 'D', load: [1] },
    ...{
      load_after: [2],
      busy: { used: 0.5, stolen: 0 },
      cores: { server: '0', client: '1' },
      phases: { [name]: found },
    },
    checks: [{ what: `of ${name}`, wanted: '1', found: '1', ok: true }],
  });
  const sigterm = { network: 'n', count: 1, in_flight: 1, sent: 1, ok: 1, end_ms: { p50: 1, max: 1 } };
  const text = reliabilityDocument([run('def', 'sigterm', sigterm), run('abc', 'overload', overload())]);
  assert.match(text, /^sigterm: .*commit def/m);
  assert.match(text, /^overload: .*commit abc/m);
  assert.match(text, /of sigterm.*\n.*of overload/);
  assert.match(text, /## Overload.*## SIGTERM/s);
});
