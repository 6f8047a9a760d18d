// The command table.

import { addBench } from './bench.ts';
import { addBuild } from './build.ts';
import { addCheck } from './check.ts';
import type { AddCommand } from './command.ts';
import { addEngines } from './engines.ts';
import { addInfer } from './infer.ts';
import { addInspect } from './inspect.ts';
import { addReport } from './report.ts';
import { addRules } from './rules.ts';
import { addServe } from './serve.ts';

/** Every command of mindird, in the order the help shows them. */
export const commands: readonly AddCommand[] = [
  addServe,
  addCheck,
  addInspect,
  addBuild,
  addInfer,
  addBench,
  addReport,
  addEngines,
  addRules,
];
