// `mindird rules`: Prometheus' rules for the objectives of a repository.

import type { Argv } from 'yargs';
import type { ConfigInputs } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { describeProblem } from '../config/problem.ts';
import { type Objective, rulesDocument } from '../metrics/rules.ts';
import { scanRepository } from '../model/repository.ts';
import { addConfigFlags, configInputs } from './config-flags.ts';
import { CommandFailure } from './failure.ts';

/** Adds the command. */
export const addRules = (program: Argv): Argv =>
  program.command(
    'rules',
    'print Prometheus rules and alerts for the objectives of the repository',
    (y) => addConfigFlags(y),
    async (argv) => {
      process.stdout.write(rulesDocument(await objectivesOf(configInputs(argv))));
    },
  );

/** The objectives of all servables that have one; fails when a servable's configuration cannot be read. */
export async function objectivesOf(inputs: ConfigInputs): Promise<readonly Objective[]> {
  const { config } = loadConfig(inputs);
  const { servables } = await scanRepository(config.repository.path, config.repository.servable);
  return servables.flatMap(({ name, config: own, problems }): readonly Objective[] => {
    const [problem] = problems;
    if (own === undefined)
      throw new CommandFailure(problem === undefined ? `${name}: unreadable` : describeProblem(problem));
    const { latency, objective, window } = own.slo;
    return latency === null ? [] : [{ name, objective, window }];
  });
}
