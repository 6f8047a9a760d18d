// A servable's configuration with what its servable_config.mjs adds.

import type { ServableConfig } from '../servable-fields.ts';
import type { ModulePlan } from './plan.ts';

/** The first file of its own that a module names is the servable's model, unless the configuration names one. */
export function applyModule(config: ServableConfig, plan: ModulePlan): ServableConfig {
  const files = plan.models.flatMap(({ servable, file }) => (servable === null && file !== null ? file : []));
  const model_file = config.model.model_file ?? files[0] ?? null;
  return { ...config, model: { ...config.model, model_file }, chains: plan };
}
