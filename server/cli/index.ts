// The command table.

import { addBench } from './bench.ts';
import type { AddCommand } from './command.ts';
import { addInfer } from './infer.ts';

/** Every command of mindird, in the order the help shows them. */
export const commands: readonly AddCommand[] = [addInfer, addBench];
