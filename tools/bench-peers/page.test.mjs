// Tables and page from a result that was made up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeCell, madeResult } from './made-up.mjs';
import { page } from './page.mjs';
import { cellLine, markdown, means, withRatio } from './table.mjs';

const quiet = madeResult([
  madeCell('lenet5', 1, [1, 2, 4]),
  madeCell('vgg16', 1, [100, 50, 60]),
  madeCell('lenet5', 2, [1, 2, 4]),
]);
const noisy = madeResult([madeCell('lenet5', 1, [1, 2, 4], { noise: { foreign: 0.5 } })]);

test('a row has the times of all, the ratios with their spread, and the rate', () => {
  const lines = markdown(quiet);
  const row =
    '| lenet5 | 1 | 2.10 | 1.05 | 2.0× | 2.10 | 4.20 | 0.50 (0.50–0.50) | 1.26 | 0.40 (0.40–0.40) | 3.15 | 952 (952 %) |';
  assert.ok(lines.includes(row), lines.join('\n'));
  assert.match(lines.join('\n'), /Geometric mean of the ratios: 1 thread 1\.00, served 0\.80; 2 threads 0\.50/);
  assert.match(lines.at(-1), /ONNX Runtime 1\.32\.0, OpenVINO 2026\.4\.1.*100 GFLOP\/s and 10\.0 GB\/s with 1 thread/);
});

test('geometric means are of one number of threads', () => {
  assert.equal(means(quiet)[1].ratio.toFixed(3), '1.000');
  assert.equal(means(quiet)[2].ratio.toFixed(3), '0.500');
});

test('a line of the terminal names network, times, ratios and disturbances', () => {
  assert.equal(
    cellLine(quiet.cells[0]),
    'lenet5, 1 thread: mindird 1.05, ONNX Runtime 2.10, OpenVINO 4.20 ms; ratio 0.50 (0.50–0.50), served 0.40 (0.40–0.40)',
  );
  assert.match(cellLine(noisy.cells[0]), /\(disturbed: 1\)$/);
});

test('a disturbed cell takes the conclusion away', () => {
  assert.match(markdown(noisy)[0], /No conclusion: 1 of the measurements/);
  assert.match(page(noisy), /<h2>No conclusion<\/h2>/);
  assert.match(page(noisy), /class="tile dull"/);
  assert.doesNotMatch(page(quiet), /No conclusion|tile dull/);
});

test('README: the text between the markers is replaced, without markers nothing is', () => {
  const text = withRatio('a\n<!-- table:ratio -->\nold\n<!-- /table:ratio -->\nb', quiet);
  assert.match(text, /^a\n<!-- table:ratio -->\n\| network \| threads/);
  assert.match(text, /\n<!-- \/table:ratio -->\nb$/);
  assert.doesNotMatch(text, /old/);
  assert.equal(withRatio('nothing', quiet), undefined);
});

test('README: what was disturbed is left out and named; where that is most, the table stays as it is', () => {
  const old = '<!-- table:ratio -->\nold\n<!-- /table:ratio -->';
  const of = (...noises) => ({
    ...quiet,
    cells: noises.map((noise, index) => ({ ...quiet.cells[index], noise: noise ? ['host: up to 9 %'] : [] })),
  });
  const text = withRatio(old, of(false, true));
  assert.match(text, /\| lenet5 \| 1 \|/);
  assert.doesNotMatch(text, /\| vgg16 \||Geometric mean|No conclusion|\bold\b/);
  assert.match(text, /while they were measured: vgg16 with 1 thread\.$/m);
  assert.equal(withRatio(old, of(true, true)), old);
});

test('page: needs nothing from elsewhere, text is escaped, every network is drawn', () => {
  const html = page(quiet);
  assert.doesNotMatch(html, /https?:|src=|@import|url\(/);
  assert.match(html, /CPU &lt;x>/);
  // Bars back to back and as served, and a roofline, for each number of threads.
  assert.equal(html.match(/<svg /g).length, 6);
  assert.equal(html.match(/>vgg16<\/text>/g).length, 2);
  assert.doesNotMatch(html, /NaN|undefined|Infinity/);
});
