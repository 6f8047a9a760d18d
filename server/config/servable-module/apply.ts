// A servable's configuration with what its servable_config.mjs adds.

import { ConfigError } from '../problem.ts';
import type { ServableConfig } from '../servable-fields.ts';
import type { ModulePlan } from './plan.ts';

/** Throws ConfigError where the two contradict each other. */
export function applyModule(config: ServableConfig, plan: ModulePlan): ServableConfig {
  const own = plan.models.filter(({ servable }) => servable === null);
  const files = [...new Set(own.flatMap(({ file }) => file ?? []))];
  const [file = null, another] = files;
  const configured = config.model.model_file;
  const refuse = (message: string): never => {
    throw new ConfigError([{ source: plan.file, line: 0, path: 'declareModel.file', message }]);
  };
  if (another !== undefined)
    refuse(`names ${files.join(' and ')}, want one file, the others as servables of their own`);
  if (file !== null && configured !== null && file !== configured)
    refuse(`found ${file}, but model.model_file of servable_config.yaml is ${configured}`);
  return { ...config, model: { ...config.model, model_file: file ?? configured }, chains: plan };
}
