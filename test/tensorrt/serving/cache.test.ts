// Engines on disk, over gRPC: a second start builds nothing; an entry that cannot be used is built anew and the log says why; a disk without room
// or a folder without access costs a warning and nothing else.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CaseServer, listCases } from '../../models/cases.ts';
import { Workplace } from '../../support/server-process.ts';
import { standInEnvironment, standIns } from './stand-ins.ts';

const lenet = listCases('networks', { rtol: 1e-3, atol: 1e-4 }).filter(({ name }) => name === 'lenet5');
const kLookups = ['hit', 'miss', 'invalid', 'disabled'];

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
});
afterEach(() => place.close());

interface Start {
  /** How the engine came, and what the log says of it. */
  readonly lookups: readonly { readonly result: string; readonly cause: unknown }[];
  /** Why the engine was not kept, as logged. */
  readonly unwritable: readonly unknown[];
}

/** Starts a server on the folder, checks that TensorRT answers right, and stops it. */
async function serve(environment: Readonly<Record<string, string>>): Promise<Start> {
  const server = await CaseServer.start('networks', lenet, 'auto', { place, environment });
  try {
    for (const one of lenet) await server.check(one);
    const { plans } = await server.report('lenet5');
    assert.deepEqual(
      plans.map(({ partitions }) => partitions.map(({ engine }) => engine)),
      [['tensorrt']],
    );
    const lookups = kLookups.flatMap((result) =>
      server.process.logged(`engine.cache.${result}`).map(({ cause }) => ({ result, cause })),
    );
    return { lookups, unwritable: server.process.logged('engine.cache.unwritable').map(({ cause }) => cause) };
  } finally {
    await server.stop();
  }
}

/** The one engine the cache holds. */
function entry(): string {
  const files = readdirSync(path.join(place.folder, 'cache'), { recursive: true, encoding: 'utf8' });
  const found = files.filter((file) => file.endsWith('.tensorrt'));
  assert.equal(found.length, 1, files.join(' '));
  return path.join(place.folder, 'cache', found[0] ?? '');
}

describe('cache of TensorRT engines', () => {
  it('the second start builds nothing', async () => {
    const first = await serve(standInEnvironment());
    assert.deepEqual(
      first.lookups.map(({ result }) => result),
      ['miss'],
    );
    // A builder that is told to fail is not asked.
    const second = await serve(standInEnvironment({ nvinfer: 'build=fail' }));
    assert.deepEqual(second.lookups, [{ result: 'hit', cause: '' }]);
  });

  for (const [what, damage] of [
    [
      'a byte changed',
      (bytes: Buffer) => bytes.fill(bytes.readUInt8(bytes.length - 100) ^ 1, bytes.length - 100, bytes.length - 99),
    ],
    ['its end is missing', (bytes: Buffer) => bytes.subarray(0, bytes.length - 100)],
  ] as const) {
    it(`an entry is damaged (${what}): it is built anew, with a warning`, async () => {
      await serve(standInEnvironment());
      const file = entry();
      writeFileSync(file, damage(readFileSync(file)));
      const { lookups } = await serve(standInEnvironment());
      assert.deepEqual(
        lookups.map(({ result }) => result),
        ['invalid'],
      );
      assert.ok(String(lookups[0]?.cause).startsWith(`${file}: `), String(lookups[0]?.cause));
      assert.deepEqual(
        (await serve(standInEnvironment())).lookups.map(({ result }) => result),
        ['hit'],
      );
    });
  }

  for (const [what, then, differs] of [
    [
      'TensorRT is newer',
      { nvinfer: 'version=110200' },
      'an engine made with TensorRT 11.1.0 is there; here TensorRT 11.2.0',
    ],
    [
      'the device is another',
      { cuda: 'capability=80' },
      'an engine made with compute capability 9.0 is there; here compute capability 8.0',
    ],
    ['the driver is another', { cuda: 'driver=13010' }, 'an engine made with driver 13000 is there; here driver 13010'],
  ] as const) {
    it(`${what}: the engine is built anew, and the log says what differs`, async () => {
      await serve(standInEnvironment());
      const { lookups } = await serve(standInEnvironment(then));
      assert.deepEqual(lookups, [{ result: 'miss', cause: differs }]);
    });
  }

  it('another version of TensorRT or another device: built anew, and the log says what differed', async () => {
    await serve(standInEnvironment());
    const newer = await serve(standInEnvironment({ nvinfer: 'version=110200' }));
    assert.deepEqual(newer.lookups, [
      { result: 'miss', cause: 'an engine made with TensorRT 11.1.0 is there; here TensorRT 11.2.0' },
    ]);
    const older = await serve(standInEnvironment({ cuda: 'capability=80' }));
    assert.deepEqual(older.lookups, [
      { result: 'miss', cause: 'an engine made with compute capability 9.0 is there; here compute capability 8.0' },
    ]);
    // The engine of the first start is still there.
    assert.deepEqual((await serve(standInEnvironment())).lookups, [{ result: 'hit', cause: '' }]);
  });

  it('a full disk: a warning, and the engine serves', async () => {
    const full = {
      LD_PRELOAD: path.join(standIns, 'libfulldisk.so'),
      MINDIRD_TEST_FULL_DISK: path.join(place.folder, 'cache'),
    };
    const { lookups, unwritable } = await serve({ ...standInEnvironment(), ...full });
    assert.deepEqual(
      lookups.map(({ result }) => result),
      ['miss'],
    );
    assert.equal(unwritable.length, 1);
    assert.match(String(unwritable[0]), /^\S+: cannot be written: No space left on device$/);
    // Nothing half written is left behind.
    const left = readdirSync(path.join(place.folder, 'cache'), { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      left.filter((file) => file.endsWith('.tensorrt') || file.endsWith('.tmp')),
      [],
    );
  });
});
