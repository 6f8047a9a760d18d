import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { inRoot } from './paths.mjs';

/** What a tool whose main function is `body` ends with. */
function ended(body, args = []) {
  const text = `
    import { parseArgs } from 'node:util';
    import { main, ToolFailure } from '${inRoot('tools', 'lib', 'run.mjs')}';
    await main('tool', async () => { ${body} });`;
  return new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '-e', text, '--', ...args], (error, _out, told) =>
      resolve({ code: error?.code ?? 0, told }),
    );
  });
}

test('a tool tells what it says itself, and of wrong options, in one line', async () => {
  assert.deepEqual(await ended("throw new ToolFailure('no model')"), { code: 1, told: 'tool: no model\n' });
  const wrong = await ended('parseArgs({ options: {} })', ['--models']);
  assert.equal(wrong.code, 1);
  assert.match(wrong.told, /^tool: Unknown option '--models'[^\n]*\n$/);
});

test('a tool tells where an error that nobody expected comes from', async () => {
  const { code, told } = await ended('null.x');
  assert.equal(code, 1);
  assert.match(told, /^tool: TypeError: .*\n +at /);
});

test('a tool that ends well says nothing', async () => {
  assert.deepEqual(await ended(''), { code: 0, told: '' });
});
