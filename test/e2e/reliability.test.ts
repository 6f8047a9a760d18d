// The measurements of docs/RELIABILITY.md with small numbers, on the real engine: what must hold on a machine of any kind, however busy.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { projectPath } from '../../server/util/root.ts';
import { Workplace } from '../support/server-process.ts';

interface Counts {
  readonly sent: number;
  readonly ok: number;
  readonly refused: number;
  readonly hinted: number;
  readonly late: number;
  readonly wrong: number;
  readonly failed: number;
  readonly lost: number;
}

interface Measured {
  readonly checks: readonly {
    readonly what: string;
    readonly found: string;
    readonly ok: boolean;
    readonly timed?: boolean;
  }[];
  readonly phases: {
    readonly overload: { readonly steps: readonly Counts[] };
    readonly reloads: {
      readonly count: number;
      readonly slices: readonly { readonly calm: Counts; readonly during: Counts; readonly reloads: number }[];
    };
    readonly sigterm: Counts & { readonly count: number };
    readonly tail: { readonly loaded: Counts; readonly loop: { readonly ticks: number } };
    readonly soak: { readonly loaded: Counts; readonly reloads: number };
  };
}

/** Without Go there is no client for what is timed: a test of its own is skipped, where the count of skipped tests shows it. */
const { goProgram } = (await import(pathToFileURL(projectPath('tools', 'lib', 'go.mjs')).href)) as {
  goProgram(): Promise<string | undefined>;
};
const timed = (await goProgram()) !== undefined;

const place = new Workplace();
let measured: Measured;
let document = '';

before(() => {
  const [json, out] = [place.path('reliability.json'), place.path('RELIABILITY.md')];
  const args = [projectPath('tools', 'reliability.mjs'), '--quick', '--json', json, '--out', out];
  if (!timed) args.push('--only', 'sigterm,soak');
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
  measured = JSON.parse(readFileSync(json, 'utf8')) as Measured;
  document = readFileSync(out, 'utf8');
});
after(() => place.close());

function everyEnding({ sent, ok, refused, late, wrong, failed, lost }: Counts): void {
  assert.equal(ok + refused + late + wrong + failed + lost, sent);
  assert.ok(sent > 0);
}

test('reliability: whatever does not depend on a quiet machine holds', () => {
  const untimed = measured.checks.filter(({ timed }) => timed !== true);
  assert.ok(untimed.length >= (timed ? 9 : 5), `${untimed.length} checks`);
  assert.deepEqual(
    untimed.filter(({ ok }) => !ok),
    [],
  );
});

test('reliability: every request sent has one ending, and load was there', () => {
  const { sigterm, soak } = measured.phases;
  for (const counts of [sigterm, soak.loaded]) everyEnding(counts);
  assert.ok(soak.reloads > 0);
});

test('reliability: so it is where times are measured', { skip: timed ? false : 'no Go for the client' }, () => {
  const { overload, reloads, tail } = measured.phases;
  const sliced = reloads.slices.flatMap(({ calm, during }) => [calm, during]);
  for (const counts of [...overload.steps, ...sliced, tail.loaded]) everyEnding(counts);
  assert.equal(
    reloads.slices.reduce((sum, slice) => sum + slice.reloads, 0),
    3,
  );
  assert.ok(overload.steps.some(({ refused }) => refused > 0));
  assert.ok(tail.loop.ticks > 0, 'the watch on the event loop was loaded into the server');
});

test('reliability: the document has every check and every part', () => {
  for (const { what, found } of measured.checks)
    assert.ok(document.includes(`| ${what} | `) && document.includes(found), what);
  const always = ['SIGTERM under load', 'Soak'];
  for (const part of timed ? ['Overload', 'Reloads under load', ...always, 'The tail at 70 % load'] : always)
    assert.ok(document.includes(`\n## ${part}\n`), part);
});
