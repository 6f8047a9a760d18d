// Flags that stand for fields of the server's configuration, made from the table of fields.

import type { Argv } from 'yargs';
import type { FieldSpec } from '../config/field.ts';
import { fieldPaths } from '../config/field.ts';
import type { ConfigInputs } from '../config/load.ts';
import { serverFields } from '../config/server-fields.ts';
import { homeFolder } from '../util/home.ts';

const flagged = fieldPaths(serverFields).flatMap(({ path, field }) =>
  field.flag === undefined ? [] : [{ path, field, flag: field.flag }],
);

/** Names of the flags that addConfigFlags adds. */
export const configFlags: ReadonlySet<string> = new Set(['config', ...flagged.map(({ flag }) => flag)]);

function describe(field: FieldSpec): string {
  const values = field.values === undefined ? '' : ` (${field.values.join(', ')})`;
  const standard =
    field.default === null
      ? ''
      : ` [default: ${Array.isArray(field.default) ? field.default.join(', ') : String(field.default)}]`;
  return `${field.doc}${values}${standard}`;
}

/** Adds --config. */
export const addConfigFile = (program: Argv): Argv =>
  program.option('config', {
    type: 'string',
    requiresArg: true,
    describe: 'configuration file [default: mindird.yaml where there is one]',
  });

/** Adds --config and a flag for each field that has one. Values stay text, so that the schema judges them all alike. */
export function addConfigFlags(program: Argv): Argv {
  let y = addConfigFile(program);
  for (const { field, flag } of flagged)
    y = y.option(flag, { type: 'string', requiresArg: true, describe: describe(field) });
  return y;
}

function fromFlag(field: FieldSpec, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (field.kind === 'addresses') return [value].flat();
  // A flag given twice means its last value.
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return field.kind === 'integer' && typeof last === 'string' && /^-?\d{1,16}$/.test(last) ? Number(last) : last;
}

/** What loadConfig needs, from parsed arguments and the process's own surroundings. */
export function configInputs(argv: Readonly<Record<string, unknown>>): ConfigInputs {
  const config = argv['config'];
  return {
    file: typeof config === 'string' ? config : undefined,
    environment: process.env,
    flags: Object.fromEntries(flagged.map(({ path, field, flag }) => [path, fromFlag(field, argv[flag])])),
    cwd: process.cwd(),
    home: homeFolder(),
  };
}
