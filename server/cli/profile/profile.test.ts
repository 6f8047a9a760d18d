import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NativeProfile, profileResult, stepRate } from './result.ts';
import { profileText } from './text.ts';

const native: NativeProfile = {
  threads: 2,
  runs: 7,
  total_ns: 10_000_000,
  peaks: { operations: 100e9, bytes: 10e9 },
  partitions: [
    {
      engine: 'cpu',
      ns: 9_000_000,
      steps: [
        { text: 'reorder to channels-last  # Default/conv1', ns: 1_000_000, least_ns: 900_000, work: 0, threads: 2 },
        { text: 'Conv+relu winograd chunk 48  # Default/conv1', ns: 4_000_000, least_ns: 1, work: 0, threads: 2 },
        { text: 'Pool jit  # Default/a/long/path/of/names/pool', ns: 2_000_000, least_ns: 1, work: 1, threads: 1 },
      ],
      work: [
        {
          nodes: ['Default/conv1', 'Default/relu'],
          operations: 250e6,
          bytes: 1e6,
          chosen: 'winograd-48',
          rivals: [
            { kernel: 'direct', ns: 6_000_000 },
            { kernel: 'winograd-48', ns: 3_900_000 },
          ],
        },
        { nodes: ['Default/a/long/path/of/names/pool'], operations: 0, bytes: 10e6, chosen: '', rivals: [] },
      ],
    },
    { engine: 'other', ns: 500_000, steps: [], work: [] },
  ],
};

test('profile: rates are of all steps of a node together, shares of the whole run', () => {
  const { steps, totalMs, peaks } = profileResult('m.mindir', native, []);
  assert.equal(totalMs, 10);
  assert.deepEqual(peaks, { gflops: 100, gbytes: 10 });
  assert.deepEqual(
    steps.map((step) => [step.kernel, step.ms, step.share, step.threads]),
    [
      ['reorder to channels-last', 1, 0.1, 2],
      ['Conv+relu winograd chunk 48', 4, 0.4, 2],
      ['Pool jit', 2, 0.2, 1],
      ['other', 0.5, 0.05, null],
    ],
  );
  // The convolution with its reorder: 250 million operations in 5 ms.
  assert.equal(steps[0]?.rate, null);
  assert.deepEqual(steps[1]?.rate, { gflops: 50, gbytes: 0.2, bound: 'arithmetic', ofPeak: 0.5 });
  assert.deepEqual(steps[2]?.rate, { gflops: null, gbytes: 5, bound: 'memory', ofPeak: 0.5 });
  assert.deepEqual(steps[1]?.nodes, ['Default/conv1', 'Default/relu']);
  assert.deepEqual(steps[1]?.rivals[0], { kernel: 'direct', ms: 6 });
});

test('profile: a rate is of the peak that is nearer, and of none where none was measured', () => {
  const peaks = { gflops: 100, gbytes: 10 };
  assert.equal(stepRate({ operations: 1e6, bytes: 8e6 }, 1e6, peaks)?.bound, 'memory');
  assert.equal(stepRate({ operations: 90e6, bytes: 1e6 }, 1e6, peaks)?.bound, 'arithmetic');
  // More than memory gives: it came out of the caches and says nothing.
  assert.equal(stepRate({ operations: 1e6, bytes: 80e6 }, 1e6, peaks)?.bound, 'arithmetic');
  assert.equal(stepRate({ operations: 1e6, bytes: 1e6 }, 1e6, null)?.ofPeak, null);
  assert.equal(stepRate({ operations: 0, bytes: 0 }, 1e6, peaks), null);
  assert.equal(stepRate({ operations: 1, bytes: 1 }, 0, peaks), null);
});

test('profile: the table fits the terminal, long names keep their ends, choices stand below', () => {
  const text = profileText(profileResult('m.mindir', native, ['the machine is busy']), 100);
  const lines = text.split('\n');
  assert.equal(lines[0], 'm.mindir: 10.0 ms a run (median of 7), 2 threads');
  assert.equal(lines[1], 'measured here: 100 GFLOP/s on registers, 10.0 GB/s from memory');
  assert.ok(Math.max(...lines.slice(3, 9).map((line) => line.length)) <= 100, text);
  assert.match(text, /4\.00 ms {3}40 % {2}50\.0 GFLOP\/s +50 % +2 {2}Conv\+relu winograd chunk 48 +\S*conv1 \+1\n/);
  assert.match(text, /…\S*names\/pool\n/);
  assert.match(text, /between the steps: 2\.50 ms \(25 %\)/);
  assert.match(text, /#1 {2}winograd-48 3\.90 ms, direct 6\.00 ms/);
  assert.match(text, /warning: the machine is busy$/);
});

test('profile: without peaks and facts there are times alone', () => {
  const { peaks: _, ...bare } = native;
  const text = profileText(profileResult('m', { ...bare, partitions: bare.partitions.slice(1) }, []));
  assert.doesNotMatch(text, /measured here|GB\/s|against each other/);
  assert.match(text, /0 {2}0\.500 ms +5\.0 %/);
});
