// The command table.

import type { AddCommand } from './command.ts';

/** Every command of mindird, in the order the help shows them. */
export const commands: readonly AddCommand[] = [];
