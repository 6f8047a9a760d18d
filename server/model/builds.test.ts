import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogKeys } from '../log.ts';
import type { NativeEvent } from '../native/binding-types.ts';
import { Builds } from './builds.ts';

function fixture(): {
  readonly builds: Builds;
  readonly told: string[];
  readonly lines: LogKeys[];
  pass(ms: number): void;
} {
  const told: string[] = [];
  const lines: LogKeys[] = [];
  let now = 1000;
  const builds = new Builds(
    {
      log: { info: (_event, keys) => void lines.push(keys ?? {}) },
      observer: {
        engineBuilt: (engine, result, seconds) => void told.push(`${engine} ${result} ${seconds} s`),
        cacheLookup: (engine, result) => void told.push(`cache ${engine} ${result}`),
        backgroundBuild: (name, result) => void told.push(`background ${name} ${result}`),
      },
      swapped: (name, version) => void told.push(`reread ${name}/${version}`),
    },
    () => now,
  );
  return {
    builds,
    told,
    lines,
    pass: (ms) => {
      now += ms;
    },
  };
}

const progress = (more: Partial<NativeEvent> = {}): NativeEvent => ({
  level: 'debug',
  event: 'build.progress',
  model: 'net/7',
  engine: 'tensorrt',
  plan: 1,
  plans: 2,
  subgraph: 2,
  subgraphs: 4,
  fraction: 0.5,
  step: 'Building Engine',
  background: true,
  duration_ms: 200,
  ...more,
});

test('builds: progress of a version, over all of its plans, until the end', () => {
  const { builds, pass } = fixture();
  assert.equal(builds.of('net', '7'), undefined);
  builds.take(progress());
  pass(300);
  assert.deepEqual(builds.of('net', '7'), {
    name: 'net',
    version: '7',
    engine: 'tensorrt',
    subgraph: 2,
    subgraphs: 4,
    fraction: 1.5 / 8,
    step: 'Building Engine',
    background: true,
    elapsedMs: 500,
  });
  builds.take(progress({ model: 'other/1' }));
  builds.take(progress({ plan: 2, subgraph: 4, fraction: 1, duration_ms: 400 }));
  assert.deepEqual(
    builds.running().map(({ name, fraction, elapsedMs }) => [name, fraction, elapsedMs]),
    [
      ['net', 1, 500],
      ['other', 1.5 / 8, 200],
    ],
  );
  builds.take({ level: 'debug', event: 'build.ended', model: 'net/7' });
  assert.deepEqual([builds.of('net', '7'), builds.running().length], [undefined, 1]);
});

test('builds: only long ones are logged, every few seconds', () => {
  const { builds, lines, pass } = fixture();
  builds.take(progress({ duration_ms: 0 }));
  pass(4900);
  builds.tell();
  assert.equal(lines.length, 0);
  pass(200);
  builds.tell();
  builds.tell();
  assert.deepEqual(lines, [
    {
      model: 'net',
      version: '7',
      engine: 'tensorrt',
      subgraph: 2,
      subgraphs: 4,
      fraction: 0.188,
      step: 'Building Engine',
      duration_ms: 5100,
    },
  ]);
  pass(5000);
  builds.tell();
  assert.equal(lines.length, 2);
  builds.take({ level: 'debug', event: 'build.ended', model: 'net/7' });
  pass(60_000);
  builds.tell();
  assert.equal(lines.length, 2);
});

test('builds: ends and cache results are passed on', () => {
  const { builds, told } = fixture();
  const event = (name: string, more: object = {}): NativeEvent => ({
    level: 'info',
    event: name,
    model: 'net/7',
    engine: 'tensorrt',
    ...more,
  });
  builds.take(event('engine.build', { result: 'failed', duration_ms: 1500 }));
  builds.take(event('engine.cache.hit'));
  builds.take(event('engine.cache.unwritable'));
  builds.take(event('engine.build.background.started'));
  builds.take(event('engine.build.background.finished'));
  builds.take(event('engine.build.background.failed'));
  builds.take({ level: 'info', event: 'engine.build', model: 'no label' });
  assert.deepEqual(told, [
    'tensorrt failed 1.5 s',
    'cache tensorrt hit',
    'background net swapped',
    'reread net/7',
    'background net failed',
    'reread net/7',
  ]);
});
