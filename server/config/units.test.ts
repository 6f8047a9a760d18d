import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readAddress } from './address.ts';
import { editDistance } from './nearest.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts';

test('units: durations', () => {
  assert.equal(parseDuration('20ms'), 20);
  assert.equal(parseDuration('1.5s'), 1500);
  assert.equal(parseDuration('500us'), 0.5);
  assert.equal(parseDuration('2h'), 7_200_000);
  assert.equal(parseDuration('30d'), 2_592_000_000);
  for (const text of ['20', 'ms', '-1s', '1 s', '1S', '1e3s', '.5s', '1w', ''])
    assert.equal(parseDuration(text), undefined, text);
});

test('units: sizes', () => {
  assert.equal(parseSize('100MiB'), 104_857_600);
  assert.equal(parseSize('0.5KiB'), 512);
  for (const text of ['100', '100MB', '1mib', '-1B', '']) assert.equal(parseSize(text), undefined, text);
});

test('units: a formatted value is read back as itself', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 40 }), (value) => {
      assert.equal(parseSize(formatSize(value)), value);
      assert.equal(parseDuration(formatDuration(value)), value);
    }),
  );
});

test('address: the three forms', () => {
  assert.deepEqual(readAddress('0.0.0.0:5500'), { host: '0.0.0.0', port: 5500 });
  assert.deepEqual(readAddress('[::1]:0'), { host: '::1', port: 0 });
  assert.deepEqual(readAddress('unix:/run/m.sock'), { path: '/run/m.sock' });
  assert.deepEqual(readAddress('unix:///run/m.sock'), { path: '/run/m.sock' });
  assert.deepEqual(readAddress('unix:m.sock'), { path: 'm.sock' });
  assert.deepEqual(readAddress(':5500'), { host: '0.0.0.0', port: 5500 });
  for (const text of ['5500', 'a:b', 'a:65536', '::1:5', 'unix:', `unix:${'x'.repeat(108)}`])
    assert.equal(readAddress(text), undefined, text);
});

test('nearest: distance counts edits and is symmetric', () => {
  assert.equal(editDistance('grpc', 'gprc'), 1);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('kitten', 'sitting'), 3);
  fc.assert(
    fc.property(
      fc.string({ maxLength: 12 }),
      fc.string({ maxLength: 12 }),
      (a, b) => editDistance(a, b) === editDistance(b, a) && (editDistance(a, b) === 0) === (a === b),
    ),
  );
});
