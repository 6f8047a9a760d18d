// What a command file exports: a function that adds the command to the yargs program. A handler reports failure by
// throwing (program.ts maps the error to an exit code) or by setting process.exitCode.

import type { Argv } from 'yargs';

/** Adds one command to the program. */
export type AddCommand = (program: Argv) => Argv;

/** Exit codes every command keeps to. */
export const exitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** sysexits' EX_CONFIG: the configuration or the repository is wrong. */
  config: 78,
} as const;
