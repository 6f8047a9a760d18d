import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatShape } from '../../util/shape.ts';
import { breakdownLines } from './breakdown.ts';
import { formatElapsed, formatMs, percentileName, significant } from './format.ts';
import { durationOption, positiveOption, rangeOption, shapeOptions } from './options.ts';
import { ProgressLine } from './progress.ts';
import { textTable } from './table.ts';

describe('format: numbers as people read them', () => {
  it('three significant digits at every magnitude', () => {
    assert.deepEqual([0, 0.04234, 1.2345, 123.456, 1234.5, 61_000, undefined].map(formatMs), [
      '0 ms',
      '0.0423 ms',
      '1.23 ms',
      '123 ms',
      '1.23 s',
      '61.0 s',
      '–',
    ]);
    assert.deepEqual([0.000001234, 9.99, 1234].map(significant), ['0.000001', '9.99', '1234']);
  });

  it('percentiles, times and shapes', () => {
    assert.deepEqual([0.5, 0.99, 0.999].map(percentileName), ['p50', 'p99', 'p99.9']);
    assert.deepEqual([4200, 185_000].map(formatElapsed), ['4.2 s', '3 min 05 s']);
    assert.deepEqual([[1, 3], [], [-1, 4], null].map(formatShape), ['1×3', 'scalar', '?×4', 'any shape']);
  });
});

describe('table: columns', () => {
  it('numbers to the right, words to the left, no trailing blanks', () => {
    assert.equal(
      textTable(
        ['a', 'time'],
        [
          ['x', '1.00 ms'],
          ['longer', '–'],
        ],
      ),
      'a          time\n──────  ───────\nx       1.00 ms\nlonger        –',
    );
  });
});

describe('progress: only on a terminal', () => {
  const written: string[] = [];
  const stream = (isTTY: boolean) => ({ isTTY, write: (text: string) => written.push(text) });

  it('a bar is redrawn at intervals and cleared', () => {
    let now = 0;
    const line = new ProgressLine(stream(true), () => now);
    line.bar(0.5, 'half');
    line.bar(0.6, 'too soon');
    now = 100;
    line.bar(2, 'done');
    line.clear();
    line.clear();
    assert.equal(written.length, 3);
    assert.match(written[0] ?? '', /█{12}░{12} half/);
    assert.match(written[1] ?? '', /█{24} done/);
  });

  it('nothing is written to a pipe', () => {
    written.length = 0;
    const line = new ProgressLine(stream(false));
    line.bar(1, 'x');
    line.clear();
    assert.deepEqual(written, []);
  });
});

describe('options: values with a form of their own', () => {
  it('good values', () => {
    assert.equal(durationOption('duration')('1.5s'), 1500);
    assert.equal(positiveOption('rate', false)(0.5), 0.5);
    assert.deepEqual(rangeOption('integers')('-1:99'), [-1, 99]);
    assert.deepEqual(
      [...shapeOptions(['a=1,2', 'm:b=3', 's='])],
      [
        ['a', [1, 2]],
        ['m:b', [3]],
        ['s', []],
      ],
    );
  });

  it('bad values name the option, what was found and what was wanted', () => {
    assert.throws(() => durationOption('duration')('10'), /--duration: found "10", want a duration like/);
    assert.throws(() => positiveOption('threads', true)(1.5), /--threads: found 1\.5, want a positive whole number/);
    assert.throws(() => positiveOption('rate', false)(Number.NaN), /--rate: found NaN/);
    assert.throws(() => rangeOption('integers')('5:1'), /--integers: found "5:1", want LOW:HIGH/);
    assert.throws(() => shapeOptions(['1,2']), /--shape: found "1,2", want INPUT=/);
    assert.throws(() => shapeOptions(['a=1', 'a=2']), /input "a" is given twice/);
  });
});

describe('breakdown: adds up', () => {
  it('what no stage explains is shown, never lost', () => {
    const times = {
      receiveMs: 0,
      decodeMs: 1,
      queueMs: 2,
      computeInputMs: 3,
      computeInferMs: 4,
      computeOutputMs: 5,
      totalMs: 20,
    };
    const lines = breakdownLines(30, times);
    assert.deepEqual(
      lines.map(({ ms }) => ms),
      [0, 1, 2, 3, 4, 5, 5, 10, 30],
    );
    assert.equal(lines.at(-1)?.share, 1);
    assert.deepEqual(
      breakdownLines(30, undefined).map(({ stage }) => stage),
      ['response time'],
    );
  });
});
