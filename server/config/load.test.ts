import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import type { ConfigInputs, LoadedConfig } from './load.ts';
import { loadConfig } from './load.ts';
import { ConfigError } from './problem.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mindird-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(text: string | undefined, more: Partial<ConfigInputs> = {}): LoadedConfig {
  const file = path.join(folder, 'mindird.yaml');
  if (text !== undefined) writeFileSync(file, text);
  return loadConfig({
    file: text === undefined ? undefined : file,
    environment: {},
    flags: {},
    cwd: folder,
    home: '/home/x',
    ...more,
  });
}

function refusal(text: string | undefined, more: Partial<ConfigInputs> = {}): string {
  try {
    load(text, more);
  } catch (caught) {
    assert.ok(caught instanceof ConfigError, String(caught));
    assert.equal(caught.code, 'INVALID_CONFIG');
    return caught.message.replaceAll(`${folder}/`, '');
  }
  return assert.fail('accepted');
}

test('config: defaults stand where nothing is given', () => {
  const { config, file, sources } = load(undefined);
  assert.equal(file, null);
  assert.equal(sources.size, 0);
  assert.deepEqual(config.server.grpc, ['0.0.0.0:5500']);
  assert.equal(config.server.http, '0.0.0.0:5501');
  assert.equal(config.server.max_message, 100 * 1024 * 1024);
  assert.equal(config.server.drain_timeout, 30_000);
  assert.equal(config.repository.path, path.join(folder, 'servables'));
  assert.equal(config.repository.poll, 2000);
  assert.equal(config.cache.path, '/home/x/.cache/mindird');
  assert.equal(config.engine.use, 'auto');
});

test('config: flags win over the environment, the environment over the file', () => {
  const text = 'server:\n  grpc: 127.0.0.1:1\n  http: 127.0.0.1:2\nengine:\n  threads: 3\nlog:\n  # level: debug\n';
  const environment = {
    MINDIRD_SERVER_GRPC: '127.0.0.1:3, unix:/tmp/s',
    MINDIRD_SERVER_HTTP: '127.0.0.1:4',
    MINDIRD_ENGINE_THREADS: '5',
  };
  const { config, sources } = load(text, {
    environment,
    flags: { 'server.http': '127.0.0.1:6', 'engine.threads': undefined },
  });
  assert.deepEqual(config.server.grpc, ['127.0.0.1:3', 'unix:/tmp/s']);
  assert.equal(config.server.http, '127.0.0.1:6');
  assert.equal(config.engine.threads, 5);
  assert.equal(sources.get('server.http'), 'flag');
  assert.equal(sources.get('server.grpc'), 'environment');
  assert.equal(load(text).sources.get('server.grpc'), 'file');
});

test('config: relative paths count from where they are written', () => {
  const { config } = load('repository: {path: models}\ncache: {path: ~/c}\n', { cwd: '/elsewhere' });
  assert.equal(config.repository.path, path.join(folder, 'models'));
  assert.equal(config.cache.path, '/home/x/c');
  rmSync(path.join(folder, 'mindird.yaml'));
  assert.equal(
    load(undefined, { flags: { 'repository.path': 'm' }, cwd: '/elsewhere' }).config.repository.path,
    '/elsewhere/m',
  );
  assert.equal(load(undefined, { environment: { XDG_CACHE_HOME: '/xdg' } }).config.cache.path, '/xdg/mindird');
});

test('config: a user without a home folder has no cache but one that is named, and no paths below ~', () => {
  assert.equal(load(undefined, { home: undefined }).config.cache.path, null);
  const named = load(undefined, { home: undefined, flags: { 'cache.path': '/c' } });
  assert.equal(named.config.cache.path, '/c');
  const environment = { XDG_CACHE_HOME: '/xdg' };
  assert.equal(load(undefined, { home: undefined, environment }).config.cache.path, '/xdg/mindird');
  assert.throws(() => load(undefined, { home: undefined, flags: { 'cache.path': '~/c' } }), {
    code: 'INVALID_CONFIG',
    message: '~/c: this user has no home folder',
  });
});

test('config: mindird.yaml of the working folder is read without being named, MINDIRD_CONFIG before it', () => {
  writeFileSync(path.join(folder, 'mindird.yaml'), 'engine: {threads: 2}\n');
  writeFileSync(path.join(folder, 'other.yaml'), 'engine: {threads: 4}\n');
  assert.equal(load(undefined).config.engine.threads, 2);
  assert.equal(load(undefined, { environment: { MINDIRD_CONFIG: 'other.yaml' } }).config.engine.threads, 4);
});

const wrong: readonly (readonly [name: string, text: string, message: string])[] = [
  [
    'an unknown key names the nearest one',
    'server:\n  grpx: 1\n',
    'mindird.yaml:2: server.grpx: unknown key, the nearest known one is server.grpc',
  ],
  [
    'a key in the wrong section',
    'server:\n\n  keep_versions: 1\n',
    'mindird.yaml:3: server.keep_versions: unknown key, the nearest known one is repository.keep_versions',
  ],
  ['an unknown section', 'sever:\n  grpc: 1\n', 'mindird.yaml:1: sever: unknown key, the nearest known one is server'],
  [
    'a prototype key',
    'server:\n  __proto__: 1\n  grpc: 0.0.0.0:1\n',
    'mindird.yaml:2: server.__proto__: unknown key, the nearest known one is tls.ports',
  ],
  [
    'a wrong type',
    'repository:\n  keep_versions: many\n',
    'mindird.yaml:2: repository.keep_versions: found "many", want a whole number between 1 and 100',
  ],
  [
    'a number out of range',
    'repository:\n  keep_versions: 0\n',
    'mindird.yaml:2: repository.keep_versions: found 0, want a whole number between 1 and 100',
  ],
  [
    'a duration without a unit',
    'repository:\n  poll: 20\n',
    'mindird.yaml:2: repository.poll: found 20, want a duration between 50ms and 1h, such as 20ms',
  ],
  [
    'a duration out of range',
    'repository:\n  poll: 1ms\n',
    'mindird.yaml:2: repository.poll: found "1ms", want a duration between 50ms and 1h, such as 20ms',
  ],
  [
    'a size over the limit',
    'server:\n  max_message: 3GiB\n',
    'mindird.yaml:2: server.max_message: found "3GiB", want a size between 1KiB and 2047MiB, such as 100MiB',
  ],
  [
    'a port that is none',
    'server:\n  http: localhost:70000\n',
    'mindird.yaml:2: server.http: found "localhost:70000", want an address: host:port, [ipv6]:port or unix:PATH',
  ],
  [
    'a bad address in a list',
    'server:\n  grpc:\n    - 0.0.0.0:1\n    - what\n',
    'mindird.yaml:2: server.grpc: found ["0.0.0.0:1", "what"], want one address or a list of distinct ones: host:port, [ipv6]:port or unix:PATH',
  ],
  [
    'a certificate without its key',
    'tls:\n  certificate: a.pem\n',
    'mindird.yaml:1: tls.key: found nothing beside tls.certificate, want both or none',
  ],
  [
    'authorities without a certificate',
    'tls:\n  client_ca: ca.pem\n',
    'mindird.yaml:1: tls.certificate: found nothing beside tls.client_ca, want the certificate of the server',
  ],
  [
    'an unknown precision',
    'engine:\n  precision: int8\n',
    'mindird.yaml:2: engine.precision: found "int8", want one of origin, fp32, fp16, bf16',
  ],
  [
    'an unknown engine',
    'engine:\n  use: cuda\n',
    'mindird.yaml:2: engine.use: found "cuda", want one of auto, cpu, reference, tensorrt',
  ],
  [
    'an empty value',
    'engine:\n  threads:\n',
    'mindird.yaml:2: engine.threads: found nothing, want a whole number between 0 and 1024',
  ],
  [
    'a list in place of a section',
    'engine: [cpu]\n',
    'mindird.yaml:1: engine: found ["cpu"], want a section with the keys use, precision, build, threads, memory_limit',
  ],
  [
    'a list in place of the file',
    '- a\n',
    'mindird.yaml:1: found no sections, want server, tls, access, repository, readiness, shared_memory, engine, tensorrt, cache, tracing, log',
  ],
  ['a key given twice', 'log:\n  level: info\n  level: warn\n', 'mindird.yaml:3: log.level: given twice'],
  ['broken syntax', 'log:\n  level: "info\n', 'mindird.yaml:3: not valid YAML: missing closing "quote'],
  [
    'an alias',
    'log: &a\n  level: info\nengine: *a\n',
    'mindird.yaml:2: log: anchors are not supported, write the value out\nmindird.yaml:3: engine: aliases are not supported, write the value out',
  ],
  ['a tag', 'log:\n  level: !exec info\n', 'mindird.yaml:2: log.level: tags are not supported'],
  [
    'two documents',
    'log: {level: info}\n---\nlog: {level: warn}\n',
    'mindird.yaml:2: not valid YAML: source contains multiple documents; please use YAML.parseAllDocuments()',
  ],
];
for (const [name, text, message] of wrong) test(`config: ${name}`, () => assert.equal(refusal(text), message));

test('config: every problem of a file is told at once', () => {
  const message = refusal('server:\n  grpx: 1\n  http: 5\nlog:\n  level: loud\n');
  assert.deepEqual(
    message.split('\n').map((line) => line.split(': ', 2).join(': ')),
    ['mindird.yaml:3: server.http', 'mindird.yaml:2: server.grpx', 'mindird.yaml:5: log.level'],
  );
});

test('config: a wrong flag and a wrong variable are named as such', () => {
  assert.equal(
    refusal(undefined, { flags: { 'engine.use': 'gpu' } }),
    'command line: --engine: found "gpu", want one of auto, cpu, reference, tensorrt',
  );
  assert.equal(
    refusal(undefined, { environment: { MINDIRD_ENGINE_THREADS: '-1' } }),
    'environment: MINDIRD_ENGINE_THREADS: found -1, want a whole number between 0 and 1024',
  );
});

test('config: a misspelt variable is a warning with the nearest name', () => {
  const { warnings } = load(undefined, { environment: { MINDIRD_SERVER_GPRC: 'x', MINDIRD_SERVICE_HOST: 'y' } });
  assert.deepEqual(warnings, [
    'environment: MINDIRD_SERVER_GPRC is not a known variable, the nearest known one is MINDIRD_SERVER_GRPC',
  ]);
});

test('config: a file that is missing or no file is refused', () => {
  assert.equal(refusal(undefined, { file: 'none.yaml' }), 'none.yaml: no such file');
  assert.equal(refusal(undefined, { file: '.' }), `${folder}: not a regular file`);
});

const size = 16_384;
const hostile: Readonly<Record<string, string>> = {
  'flow depth': '['.repeat(size),
  'map depth': '{a: '.repeat(size / 4),
  'block depth': '- '.repeat(size / 2),
  'many keys': Array.from({ length: 1200 }, (_, i) => `key${i}: 1`).join('\n'),
  'many errors': `[${','.repeat(size - 1)}`,
  'open quotes': '"'.repeat(size),
  aliases: `a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n`,
  tags: '! '.repeat(size / 2),
  escapes: `"${'\\q'.repeat(size / 2 - 1)}`,
  zeros: '\0'.repeat(size),
  'too large': `# ${'x'.repeat(size)}`,
  'not text': '\u{FFFF}'.repeat(1000),
};
for (const [name, text] of Object.entries(hostile)) {
  test(`config: hostile text, ${name}, is refused within a second`, () => {
    const start = process.cpuUsage();
    const message = refusal(text);
    const used = process.cpuUsage(start);
    assert.ok(used.user + used.system < 1e6, `${(used.user + used.system) / 1000} ms`);
    assert.ok(message.length > 10 && message.length < 5000, message);
  });
}

test('config: bytes that are not UTF-8 are refused', () => {
  const file = path.join(folder, 'bytes.yaml');
  writeFileSync(file, Buffer.from([0x6c, 0xff, 0xfe]));
  assert.equal(refusal(undefined, { file }), 'bytes.yaml: not UTF-8 text');
});

test('config: mutated text is accepted or refused, never anything else', () => {
  const seed =
    'server: {grpc: ["127.0.0.1:1", "unix:/tmp/s"], max_message: 1MiB}\nrepository:\n  poll: 2s # pause\nlog:\n  level: "info"\n';
  const alphabet = [...'{}[]:,-#&*!|>\'"%@`?\n\t 0aé\\'];
  const edit = fc.record({
    at: fc.nat({ max: seed.length }),
    cut: fc.nat({ max: 5 }),
    put: fc.array(fc.constantFrom(...alphabet), { maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
      const text = edits.reduce(
        (before, { at, cut, put }) => before.slice(0, at) + put.join('') + before.slice(at + cut),
        seed,
      );
      try {
        load(text);
      } catch (caught) {
        assert.ok(caught instanceof ConfigError, `${JSON.stringify(text)}: ${String(caught)}`);
        assert.ok(caught.problems.length > 0 && caught.message.length < 20_000);
      }
    }),
    { numRuns: 1000, seed: 7 },
  );
});
