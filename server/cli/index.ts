// The command table. A command's code is loaded when it is run.

import type { AddCommand } from './command.ts';

/** Every command of mindird, in the order the help shows them. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  serve: async () => (await import('./serve.ts')).addServe,
  check: async () => (await import('./check.ts')).addCheck,
  inspect: async () => (await import('./inspect.ts')).addInspect,
  profile: async () => (await import('./profile.ts')).addProfile,
  build: async () => (await import('./build.ts')).addBuild,
  quantise: async () => (await import('./quantise.ts')).addQuantise,
  prune: async () => (await import('./prune.ts')).addPrune,
  infer: async () => (await import('./infer.ts')).addInfer,
  bench: async () => (await import('./bench.ts')).addBench,
  report: async () => (await import('./report.ts')).addReport,
  engines: async () => (await import('./engines.ts')).addEngines,
  key: async () => (await import('./key.ts')).addKey,
  schema: async () => (await import('./schema.ts')).addSchema,
  rules: async () => (await import('./rules.ts')).addRules,
};

/** The command that the arguments begin with; all of them where they name none, for the help and what is told of a wrong name. */
export async function commandsFor([name = '']: readonly string[]): Promise<readonly AddCommand[]> {
  const chosen = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return chosen === undefined ? Promise.all(Object.values(commands).map((load) => load())) : [await chosen()];
}
