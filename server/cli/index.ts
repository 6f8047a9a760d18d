// The command table.

import { addBench } from './bench.ts';
import { addBuild } from './build.ts';
import type { AddCommand } from './command.ts';
import { addInfer } from './infer.ts';
import { addInspect } from './inspect.ts';
import { addReport } from './report.ts';

/** Every command of mindird, in the order the help shows them. */
export const commands: readonly AddCommand[] = [addInspect, addBuild, addInfer, addBench, addReport];
