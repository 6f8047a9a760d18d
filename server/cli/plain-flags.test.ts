import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import yargs from 'yargs';
import { addConfigFlags, configFlags } from './config-flags.ts';
import { plainFlags } from './plain-flags.ts';

/** What the parser makes of the arguments; undefined when it refuses them. */
async function parsed(args: readonly string[]): Promise<Readonly<Record<string, unknown>> | undefined> {
  let result: Readonly<Record<string, unknown>> | undefined;
  const program = yargs(['serve', ...args])
    .strict()
    .help(false)
    .version(false)
    .exitProcess(false)
    .fail(() => undefined)
    .command('serve', 'serves', addConfigFlags, (argv) => {
      result = Object.fromEntries(Object.entries(argv).filter(([name]) => configFlags.has(name)));
    });
  await program.parseAsync();
  return result;
}

const word = fc.oneof(
  fc.constantFrom(...[...configFlags].map((name) => `--${name}`)),
  fc.constantFrom('--grpc=1.2.3.4:5', '--threads=3', '--threads=', '--none', '--none=3', 'word', '-x', '--', '--help'),
  fc.constantFrom('0.0.0.0:1', '[::1]:2', 'unix:/a', 'a=b', '007', '1e3', 'true', '', ' ', '"q"', '~/x', '.'),
);

test('plain flags: what is read without the parser is what the parser reads', async () => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (args) => {
      const plain = plainFlags(args, configFlags);
      if (plain === undefined) return;
      read += 1;
      assert.deepEqual(plain, await parsed(args));
    }),
    { numRuns: 3000 },
  );
  assert.ok(read > 30, `only ${read} were read without the parser`);
});

test('plain flags: what a server is started with is read without the parser', () => {
  const args = ['--repository', '/servables', '--cache=/cache', '--grpc', '0.0.0.0:1', '--grpc', 'unix:/x'];
  assert.deepEqual(plainFlags(args, configFlags), {
    repository: '/servables',
    cache: '/cache',
    grpc: ['0.0.0.0:1', 'unix:/x'],
  });
  assert.deepEqual(plainFlags([], configFlags), {});
  for (const wrong of [['--help'], ['--repository'], ['--cache', '--grpc'], ['x'], ['--constructor', 'x'], ['--']])
    assert.equal(plainFlags(wrong, configFlags), undefined, String(wrong));
});
