// `mindird key`: makes a key and the entry of access.keys that knows it. The key itself is printed once and kept nowhere.

import { createHash, randomBytes } from 'node:crypto';
import type { Argv } from 'yargs';
import { keyGroups, parseKeyFile } from '../access/key-file.ts';
import { ConfigError, describeProblem } from '../config/problem.ts';
import { UsageError } from './failure.ts';

/** Arguments of the command. */
export interface KeyArguments {
  readonly name: string;
  readonly calls: readonly string[];
  readonly servables: readonly string[];
  readonly until: string | undefined;
}

/** 32 random bytes: nobody guesses one, so a hash without salt and rounds is enough. */
const keyBytes = 32;

/** Adds the command. */
export const addKey = (program: Argv): Argv =>
  program.command(
    'key <name>',
    'make a key for callers and its entry in the file of keys (access.keys)',
    (y) =>
      y
        .positional('name', { type: 'string', demandOption: true, describe: 'whose key it is, for messages' })
        .option('calls', {
          type: 'string',
          default: 'infer,metadata',
          describe: `what it is for, out of ${keyGroups.join(', ')}`,
        })
        .option('servables', {
          type: 'string',
          describe: 'names of servables it is for, in which one * may stand for any characters; without it all',
        })
        .option('until', { type: 'string', describe: 'day from which on it does not hold, such as 2027-06-30' })
        .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
    (argv) => {
      const list = (text: string | undefined): string[] =>
        text === undefined || text === '' ? [] : text.split(',').map((part) => part.trim());
      const made = makeKey({
        name: argv.name,
        calls: list(argv.calls),
        servables: list(argv.servables),
        until: argv.until,
      });
      process.stdout.write(argv.json ? `${JSON.stringify(made)}\n` : keyText(made));
    },
  );

export interface MadeKey {
  readonly key: string;
  /** Lines of YAML for the list `keys`. */
  readonly entry: string;
}

/** A new key with its entry; throws UsageError where the entry would be refused. */
export function makeKey({ name, calls, servables, until }: KeyArguments): MadeKey {
  const key = `mindird_${randomBytes(keyBytes).toString('base64url')}`;
  const lines = [
    `  - name: ${JSON.stringify(name)}`,
    `    sha256: ${createHash('sha256').update(key).digest('hex')}`,
    `    calls: [${calls.join(', ')}]`,
    ...(servables.length === 0 ? [] : [`    servables: [${servables.map((text) => JSON.stringify(text)).join(', ')}]`]),
    ...(until === undefined ? [] : [`    until: ${JSON.stringify(until)}`]),
  ];
  const entry = `${lines.join('\n')}\n`;
  try {
    parseKeyFile(Buffer.from(`keys:\n${entry}`), 'key');
  } catch (caught) {
    if (!(caught instanceof ConfigError)) throw caught;
    const [problem] = caught.problems;
    throw new UsageError(problem === undefined ? 'key: not valid' : `key: ${describeProblem(problem)}`);
  }
  return { key, entry };
}

function keyText({ key, entry }: MadeKey): string {
  return [
    '# The key, for its owner alone; it is shown this once. Callers send it as: authorization: Bearer KEY',
    key,
    '',
    '# Its entry in the file of access.keys, in the list keys:',
    entry,
  ].join('\n');
}
