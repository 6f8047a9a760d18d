import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { patienceMs } from '../../../test/support/until.ts';
import { type MeasureOptions, type MeasureProgress, measureAll, precisionOf } from './measure.ts';
import { goodRun } from './result.ts';

const child = fileURLToPath(new URL('./fake-child.js', import.meta.url));

function options(engines: readonly string[]): MeasureOptions {
  return {
    command: [process.execPath, child],
    repository: '/nowhere',
    engines,
    cache: '/nowhere',
    threads: 1,
    shapes: new Map([['double:image', [3, 1, 2, 2]]]),
    integers: [0, 1],
    timeoutMs: patienceMs,
  };
}

const quiet: MeasureProgress = { loading: () => undefined, measuring: () => undefined };

describe('report: one server per engine', () => {
  it('every model has a run per engine; one that did not load has its reason', async () => {
    const steps: string[] = [];
    const progress: MeasureProgress = { ...quiet, measuring: (engine, model) => steps.push(`${engine} ${model}`) };
    const { models, server } = await measureAll(options(['native', 'cpu']), progress);
    assert.equal(server, 'fake 0');
    assert.deepEqual(steps, ['native double', 'native wrong', 'cpu double', 'cpu wrong']);
    const [double, wrong] = models;
    assert.ok(double !== undefined && wrong !== undefined && models.length === 2);
    assert.deepEqual(double.sent, { image: [3, 1, 2, 2] });
    for (const engine of ['native', 'cpu']) {
      const run = goodRun(double, engine);
      assert.equal(run?.article.counted.length, 10);
      assert.equal(run?.article.meanEngineMs?.toFixed(6), '0.400000');
      assert.ok((run?.article.meanResponseMs ?? 0) > 0);
    }
    assert.deepEqual(
      wrong.runs.map((run) => (run.ok ? '' : run.reason)),
      ['wrong/1: no such operator', 'wrong/1: no such operator'],
    );
  });

  it('a server that ends early fails the report with its last words', async () => {
    await assert.rejects(
      measureAll(options(['crash']), quiet),
      /server with engine crash ended early \(exit code 78\):\ncrash: line 3: unknown key/,
    );
  });

  it('what other engines found is kept when a server ends early', async () => {
    const { models, server, breakdowns } = await measureAll(options(['native', 'crash']), quiet);
    assert.equal(server, 'fake 0');
    const runs = models.find(({ name }) => name === 'double')?.runs.map((run) => (run.ok ? 'ok' : run.reason));
    assert.deepEqual(runs?.length, 2);
    assert.equal(runs?.[0], 'ok');
    assert.equal(runs?.[1], 'server with engine crash ended early (exit code 78)');
    assert.match(breakdowns.join('|'), /^server with engine crash ended early[^|]*\ncrash: line 3: unknown key$/);
  });

  it('a program that cannot be started fails the report', async () => {
    await assert.rejects(
      measureAll({ ...options(['cpu']), command: ['/no/such/program'] }, quiet),
      /ended early[\s\S]*ENOENT/,
    );
  });
});

it('report: the precision of a row names weights of 16 bits where they were asked for', () => {
  assert.equal(precisionOf({ options: { precision: 'origin', weights: 'full' } }), 'origin');
  assert.equal(precisionOf({ options: { precision: 'origin', weights: '16bit' } }), 'origin, 16-bit weights');
  assert.equal(precisionOf({}), 'unknown');
});
