import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { summarise } from '../load/article.ts';
import { machineFacts, noiseWarning, osName } from '../machine/facts.ts';
import { type EngineRun, type ModelRow, meanSpeedUp, type ReportResult, speedUp } from '../report/result.ts';
import { reportText } from '../report/text.ts';
import { reportWarnings } from '../report/warnings.ts';
import { reportPage } from './page.ts';

function run(engine: string, engineMs: number, skippedMs: number = engineMs): EngineRun {
  const sample = (ms: number) => {
    const times = {
      receiveMs: 0,
      decodeMs: 0,
      queueMs: 0,
      computeInputMs: 0,
      computeInferMs: ms,
      computeOutputMs: 0,
      totalMs: ms,
    };
    return { responseMs: ms + 1, engineMs: ms, times };
  };
  const samples = Array.from({ length: 12 }, (_, i) => sample(i < 2 ? skippedMs : engineMs * (1 + (i - 6.5) / 100)));
  return { engine, ok: true, article: summarise(samples), loadBefore: 0.1 };
}

function row(name: string, runs: readonly EngineRun[]): ModelRow {
  const inputs = [{ name: 'image', dtype: 'FP32', shape: [-1, 3, 8, 8] }] as const;
  return { name, version: '1', inputs, outputs: [], sent: { image: [1, 3, 8, 8] }, precision: 'origin', runs };
}

function result(models: readonly ModelRow[], warnings: readonly string[] = []): ReportResult {
  return {
    kind: 'mindird-report',
    format: 1,
    rule: 'the rule',
    repository: '/srv/<servables>',
    engines: ['native', 'cpu'],
    threads: 2,
    machine: { ...machineFacts(), load: [0.1, 0.1, 0.1] },
    loadAfter: [1, 0.5, 0.2],
    system: undefined,
    server: 'mindird 0.1.0',
    warnings,
    models,
  };
}

describe('report: figures', () => {
  const models = [row('fast', [run('native', 8), run('cpu', 2)]), row('slow', [run('native', 100), run('cpu', 100)])];

  it('speed-up compares engine times, their mean is geometric', () => {
    assert.equal(speedUp(models[0] as ModelRow, 'cpu')?.toFixed(6), '4.000000');
    assert.equal(meanSpeedUp(models, 'cpu')?.toFixed(6), '2.000000');
    assert.equal(meanSpeedUp([row('x', [run('cpu', 1)])], 'cpu'), undefined);
  });

  it('the table on the terminal has both times of both engines and the failures', () => {
    const failed: EngineRun = { engine: 'cpu', ok: false, reason: 'node "a" (Foo): unsupported' };
    const text = reportText(result([...models, row('broken', [run('native', 1), failed])]));
    assert.match(text, /fast\/1 +1×3×8×8 +origin +8\.00 ms +9\.00 ms +2\.00 ms +3\.00 ms +4\.00×/);
    assert.match(text, /cpu over native, geometric mean: 2\.00×/);
    assert.match(text, /failed: broken\/1 on cpu: node "a" \(Foo\): unsupported/);
  });

  it('a cold start and a busy machine are warned of', () => {
    const cold = [row('cold', [run('cpu', 10, 25)])];
    const machine = { ...machineFacts(), load: [3, 1, 1], logicalCpus: 2 };
    assert.deepEqual(reportWarnings(machine, undefined, cold), [
      'the machine is busy: load average 3.00, want at most 0.50',
      'cold/1 on cpu: a skipped request took 2.50 times the mean engine time, want at most 2',
    ]);
    assert.deepEqual(reportWarnings({ ...machine, load: [0.2] }, undefined, models), []);
    const planned = models.map((row) => ({ ...row, planFile: true as const }));
    const told = reportWarnings({ ...machine, load: [0.2] }, undefined, planned);
    assert.match(told[0] ?? '', /a plan file holds the graph as optimised, so native is faster/);
    assert.equal(noiseWarning([3], 2, 4), '');
  });

  it('the name of the distribution is read with and without quotes', () => {
    assert.equal(
      osName('NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'),
      'Debian GNU/Linux 12 (bookworm)',
    );
    assert.equal(osName('PRETTY_NAME=Alpine\n'), 'Alpine');
    assert.equal(osName(''), 'unknown');
  });
});

describe('report page: one file', () => {
  const failed: EngineRun = { engine: 'cpu', ok: false, reason: '<b>no</b>' };
  const page = reportPage(
    result(
      [row('a&b', [run('native', 8), run('cpu', 2)]), row('broken', [run('native', 1), failed])],
      ['busy <machine>'],
    ),
  );

  it('nothing is fetched and nothing runs', () => {
    assert.doesNotMatch(page, /<script|<link|<img|@import|url\(|https?:|\bsrc=/);
  });

  it('text from files and servers is escaped', () => {
    assert.match(page, /a&amp;b\/1/);
    assert.match(page, /&lt;b&gt;no&lt;\/b&gt;/);
    assert.match(page, /busy &lt;machine&gt;/);
    assert.match(page, /\/srv\/&lt;servables&gt;/);
  });

  it('bars have the lengths of their times: 8 ms four times as long as 2 ms', () => {
    const widths = [...page.matchAll(/<rect class="e\d"[^>]* width="([\d.]+)"/g)].map((match) => Number(match[1]));
    assert.equal(widths.length, 3);
    assert.ok(Math.abs((widths[0] ?? 0) / (widths[1] ?? 1) - 4) < 0.01);
    assert.match(page, /not measured/);
  });

  it('every request is in the page, twelve dots a run', () => {
    assert.equal([...page.matchAll(/<circle/g)].length, 3 * 12);
    assert.equal([...page.matchAll(/<circle class="skipped"/g)].length, 3 * 2);
  });
});
