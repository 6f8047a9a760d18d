import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Side } from './sides.mjs';

const program = (text) => [process.execPath, '-e', text];
const kEcho = `
  console.log(JSON.stringify({ ready: 1 }));
  require('node:readline').createInterface(process.stdin).on('line', (line) => console.log(JSON.stringify({ line })));`;

test('a side says what it is, then answers line by line, and ends with its input', async () => {
  const side = new Side('echo', [0], program(kEcho));
  assert.deepEqual(await side.next(), { ready: 1 });
  assert.deepEqual(await side.ask({ runs: 2 }), { line: '{"runs":2}' });
  await side.stop();
});

test('orders are written as the side reads them', async () => {
  const side = new Side('echo', [0], program(kEcho), ({ runs }) => String(runs));
  await side.next();
  assert.deepEqual(await side.ask({ runs: 2 }), { line: '2' });
  await side.stop();
});

test('what a side says went wrong is thrown with its name, and so is its end', async () => {
  const side = new Side(
    'wrong',
    [0],
    program('console.log(JSON.stringify({ error: "outputs differ" })); process.exitCode = 7;'),
  );
  await assert.rejects(side.next(), /^Error: wrong: outputs differ$/);
  await assert.rejects(side.next(), /wrong ended with 7/);
  await side.stop();
});
