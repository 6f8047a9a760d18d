// What calls leave behind in V8's heap until a full collection, counted by V8 itself: more of it makes young collections longer and full ones
// more frequent, which is what the slowest calls wait for.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TestClient } from '../../../test/support/grpc-client.ts';
import { until } from '../../../test/support/until.ts';

const CALLS = 480;

/** Moved to the old generation by a call, in bytes; what the test's server keeps of each call is in it. */
const MOST_PROMOTED = 900;

const REQUEST = {
  model_name: 'double',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4] }],
  raw_input_contents: [Buffer.alloc(16)],
};

/** Bytes that the young collections of this output moved to the old generation. */
function promoted(trace: string): number {
  return [...trace.matchAll(/ gc=s .* promoted=(\d+)/g)].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}

test('survivors: finished calls do not reach the old generation, with one or sixteen open', async () => {
  const program = fileURLToPath(new URL('../../../test/support/serve-fake.js', import.meta.url));
  const flags = ['--single-threaded-gc', '--max-semi-space-size=1', '--trace-gc', '--trace-gc-nvp'];
  const child = spawn(process.execPath, [...flags, program], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const address = (): string | undefined => /^\{"addresses":\["([^"]+)"/m.exec(output)?.[1];
  await until(() => address() !== undefined, 'the server says where it is');
  const clients = Array.from({ length: 16 }, () => new TestClient(address() ?? ''));
  const run = async (open: number, calls: number): Promise<number> => {
    const before = promoted(output);
    await Promise.all(
      clients.slice(0, open).map(async (client) => {
        for (let call = 0; call < calls / open; call++) await client.call('inference.ModelInfer', REQUEST);
      }),
    );
    return (promoted(output) - before) / calls;
  };
  await run(16, CALLS);
  const found = [await run(1, CALLS), await run(16, CALLS)];
  for (const client of clients) client.close();
  child.stdin.end();
  await new Promise((resolve) => child.once('exit', resolve));
  assert.ok(promoted(output) > 0, 'V8 tells of its collections');
  for (const bytes of found)
    assert.ok(bytes < MOST_PROMOTED, `${found.map(Math.round)} bytes of a call, at most ${MOST_PROMOTED}`);
});
