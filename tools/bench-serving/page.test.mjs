// Tables and page from a result that was made up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digits } from '../lib/page.mjs';
import { windowFigures } from './figures.mjs';
import { summarised, waterfall } from './measure.mjs';
import { page } from './page.mjs';
import { disturbed, markdown, withServing } from './table.mjs';

const calm = { busy: 0, stolen: 0 };
const window = (ms, factor = 1) => ({
  ms: Float32Array.of(ms, ms * 2),
  wall: 1,
  serverCpu: (factor * ms) / 1000,
  clientCpu: 0,
  server: calm,
  client: calm,
});

function result(change = {}) {
  const cell = (ms, more = {}) => {
    const windows = [window(ms), window(ms)].map((each) => ({ ...each, ...more }));
    return { figures: windows.map(windowFigures), ms: windows.map((each) => each.ms) };
  };
  const cells = Object.fromEntries(
    ['1', '16', 'open'].map((load) => [`100b@${load}`, { mindird: cell(1), other: cell(2, change) }]),
  );
  const machine = {
    cpu: 'CPU <x>',
    cores: 2,
    kernel: '6',
    commit: 'abc',
    date: '2026-01-02T03:04:05Z',
    load: [0.1, 0, 0],
  };
  const start = { ready_s: 0.5, ready_cpu_s: 0.4, first_ms: 2, early_ms: 1, resident_mib: 100, idle_percent: 0.1 };
  return {
    ...{ machine, servers: ['mindird', 'other'], sizes: ['100b'], loads: ['1', '16', 'open'], rounds: 2, seconds: 1 },
    ...{ starts: { mindird: start, other: start }, cells: summarised(cells, ['mindird', 'other']) },
    stages: { '100b': { receive: 0.1, compute: 0.4, outside: 0.5 } },
  };
}

test('table: figures of each server and the ratio within rounds', () => {
  const lines = markdown(result());
  assert.ok(lines.includes('| mindird / other (ratio) | 100 B |'), lines.join('\n'));
  assert.ok(lines.includes('| p50 ms, 1 in flight | 1.00 / 2.00 (0.50×) |'), lines.join('\n'));
  assert.ok(lines.includes('| start to READY, s | 0.50 | 0.50 |'));
  assert.deepEqual(
    [digits(1234.5), digits(123.4), digits(12.34), digits(1.234), digits(undefined)],
    ['1,235', '123', '12.3', '1.23', '–'],
  );
});

test('table: a disturbed cell takes the conclusion away', () => {
  const noisy = result({ server: { busy: 0.5, stolen: 0 } });
  assert.match(disturbed(noisy)[0], /100b@1 other: others on the server's core/);
  assert.match(markdown(noisy)[0], /No conclusion: 3 /);
  assert.match(page(noisy), /<h2>No conclusion<\/h2>/);
  assert.deepEqual(disturbed(result()), []);
  assert.doesNotMatch(page(result()), /No conclusion/);
});

test('README: the text between the markers is replaced, without markers nothing is', () => {
  const text = withServing('a\n<!-- table:serving -->\nold\n<!-- /table:serving -->\nb', result());
  assert.match(text, /^a\n<!-- table:serving -->\n\| mindird \/ other/);
  assert.match(text, /\n<!-- \/table:serving -->\nb$/);
  assert.doesNotMatch(text, /old/);
  assert.equal(withServing('nothing', result()), undefined);
});

test('page: needs nothing from elsewhere, text is escaped', () => {
  const html = page(result());
  assert.doesNotMatch(html, /https?:|src=|@import|url\(/);
  assert.match(html, /CPU &lt;x>/);
  assert.equal(html.match(/<svg /g).length, 4);
});

test('stages: what the server does not see is outside', () => {
  const fall = waterfall({ queue: 1 }, { queue: 1.002, compute: 0.004 }, 2, 5);
  assert.deepEqual(
    fall.map(([stage, ms]) => [stage, Number(ms.toFixed(6))]),
    [
      ['queue', 1],
      ['compute', 2],
      ['outside', 2],
    ],
  );
});
