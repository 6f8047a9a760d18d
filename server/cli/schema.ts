// `mindird schema`: the JSON Schema of a configuration file, for editors.

import type { Argv } from 'yargs';
import { keysSchemaText } from '../access/key-file.ts';
import { servableSchemaText, serverSchemaText } from '../config/json-schema.ts';

const files = {
  'mindird.yaml': serverSchemaText,
  'servable_config.yaml': servableSchemaText,
  'keys.yaml': keysSchemaText,
} as const;

type File = keyof typeof files;

/** Adds the command. */
export const addSchema = (program: Argv): Argv =>
  program.command(
    'schema [file]',
    'print the JSON Schema of a configuration file, for editors',
    (y) =>
      y.positional('file', {
        choices: Object.keys(files) as File[],
        default: 'mindird.yaml' as File,
        describe: 'the file; keys.yaml is that of access.keys, whatever its name',
      }),
    (argv) => {
      process.stdout.write(files[argv.file]());
    },
  );
