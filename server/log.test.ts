import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ServingError } from './errors.ts';
import { logKeys, ServerLog } from './log.ts';
import { RequestLog } from './request-log.ts';
import { projectPath } from './util/root.ts';

function record(level: 'debug' | 'info' = 'info'): {
  readonly log: ServerLog;
  readonly lines: Record<string, unknown>[];
} {
  const lines: Record<string, unknown>[] = [];
  const log = new ServerLog(level, {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  return { log, lines };
}

test('log: a line has time, level, event and the keys given', () => {
  const { log, lines } = record();
  log.info('model.ready', { model: 'm', version: '1', duration_ms: 5 });
  const { time, ...rest } = lines[0] ?? {};
  assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(rest, { level: 'info', event: 'model.ready', model: 'm', version: '1', duration_ms: 5 });
});

test('log: the level can be changed while running', () => {
  const { log, lines } = record();
  log.debug('hidden');
  log.level = 'debug';
  log.debug('shown');
  assert.equal(log.level, 'debug');
  assert.deepEqual(
    lines.map(({ event }) => event),
    ['shown'],
  );
});

test('log: native events keep their level and known keys only', () => {
  const { log, lines } = record();
  log.native({ level: 'warn', event: 'cache.invalid', model: 'm/1', surprise: 'x', count: 2 });
  const { time, ...rest } = lines[0] ?? {};
  assert.ok(time);
  assert.deepEqual(rest, { level: 'warn', event: 'cache.invalid', model: 'm', version: '1', count: 2 });
});

test('request log: failures are logged at the level of their code', () => {
  const { log, lines } = record();
  const requests = new RequestLog(log);
  requests.failed(new ServingError('INVALID_ARGUMENT', 'x: wrong'), 'id');
  requests.failed(new ServingError('INTERNAL', 'broken', { cause: new Error('inner') }), 'id', 'm', '1');
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.['level'], 'error');
  assert.equal(lines[0]?.['model'], 'm');
  assert.match(String(lines[0]?.['cause']), /inner/);
});

test('request log: a flood is sampled and counted', () => {
  const { log, lines } = record();
  let now = 0;
  const requests = new RequestLog(log, () => now);
  for (let i = 0; i < 50; i++) requests.failed(new ServingError('OVERLOADED', 'full'), '');
  now = 1000;
  requests.failed(new ServingError('OVERLOADED', 'full'), '');
  assert.deepEqual(
    lines.map(({ count }) => count),
    [undefined, 50],
  );
});

test('log: native code uses keys the log has, so that nothing it says is lost', () => {
  const sources = readdirSync(projectPath('native'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.cc') && !file.endsWith('_test.cc'),
  );
  const used = new Map<string, string>();
  for (const file of sources) {
    const text = readFileSync(projectPath('native', file), 'utf8');
    for (const [call] of text.matchAll(/\blog_event\(\{[^;]*;/g)) {
      // The server reads these and logs lines of its own.
      if (call.includes('"build.')) continue;
      for (const [, key = ''] of call.matchAll(/\{"(\w+)",/g)) used.set(key, file);
    }
  }
  assert.ok(used.size >= 5, `found only ${[...used.keys()].join(', ')}`);
  const known: readonly string[] = logKeys;
  assert.deepEqual(
    [...used].filter(([key]) => !known.includes(key)),
    [],
  );
});
