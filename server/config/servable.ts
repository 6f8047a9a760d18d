// servable_config.yaml: how one servable is compiled, batched and measured.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseMethod } from './methods.ts';
import { ConfigError } from './problem.ts';
import type { Rule } from './schema.ts';
import { validator } from './schema.ts';
import type { ServableConfig } from './servable-fields.ts';
import { servableFields } from './servable-fields.ts';
import { parseDuration } from './units.ts';
import { parseYaml, readConfigText } from './yaml.ts';

/** Name of the file in a servable's folder. */
export const servableFile = 'servable_config.yaml';

/** Name of the file that MindSpore Serving has there. */
export const pythonFile = 'servable_config.py';

/** Name of the file that Triton has there. */
export const tritonFile = 'config.pbtxt';

/**
 * What a servable may be configured by, the first that is there: our own file, MindSpore Serving's (python/servable-python.ts), or
 * Triton's (triton/servable-triton.ts).
 */
export const servableFiles: readonly string[] = [servableFile, pythonFile, tritonFile];

const onePolicy: Rule<ServableConfig> = ({ versions: { latest, specific, all } }) => {
  if (latest !== null && specific.length > 0)
    return { path: 'versions.specific', message: 'found beside versions.latest, want only one of the two' };
  if (all === 'no' || (latest === null && specific.length === 0)) return undefined;
  return {
    path: 'versions.all',
    message: `found beside versions.${latest === null ? 'specific' : 'latest'}, want only one of the two`,
  };
};

const labelled = /^([A-Za-z][A-Za-z0-9_.-]{0,63})=([1-9]\d{0,14})$/;

const labelsRead: Rule<ServableConfig> = ({ versions }) => {
  const known = new Set<string>();
  for (const [field, what] of [
    ['labels', 'VERSION'],
    ['split', 'SHARE'],
  ] as const) {
    const path = `versions.${field}`;
    const seen = new Set<string>();
    for (const text of versions[field]) {
      const label = labelled.exec(text)?.[1];
      if (label === undefined) return { path, message: `found ${JSON.stringify(text)}, want LABEL=${what}` };
      if (seen.has(label)) return { path, message: `found ${JSON.stringify(label)} twice, want each label once` };
      seen.add(label);
      if (field === 'labels') known.add(label);
      else if (!known.has(label))
        return { path, message: `found ${JSON.stringify(label)}, want a label of versions.labels` };
    }
  }
  return undefined;
};

/** Texts PRIORITY=DURATION, each priority once. */
const byPriority =
  (key: 'priority_timeouts' | 'priority_delays'): Rule<ServableConfig> =>
  ({ batching }) => {
    const path = `batching.${key}`;
    const seen = new Set<string>();
    for (const text of batching[key]) {
      const [, priority = '', duration = ''] = /^(\d{1,9})=(\S+)$/.exec(text) ?? [];
      const wait = parseDuration(duration);
      if (wait === undefined || wait < 1 || wait > 3_600_000)
        return {
          path,
          message: `found ${JSON.stringify(text)}, want PRIORITY=DURATION, the duration between 1ms and 1h`,
        };
      if (seen.has(priority)) return { path, message: `found priority ${priority} twice, want each once` };
      seen.add(priority);
    }
    return undefined;
  };

const bucketsFit: Rule<ServableConfig> = ({ batching }) => {
  const ascending = batching.buckets.every((size, i, all) => i === 0 || size > (all[i - 1] ?? 0));
  if (!ascending) return { path: 'batching.buckets', message: 'found sizes out of order, want them ascending' };
  const largest = batching.buckets.at(-1);
  return largest === undefined || largest === batching.max_batch
    ? undefined
    : {
        path: 'batching.buckets',
        message: `found ${largest} as the largest size, want it equal to max_batch, ${batching.max_batch}`,
      };
};

const plainFile: Rule<ServableConfig> = ({ model }) => {
  const file = model.model_file;
  if (file === null || (path.basename(file) === file && /\.(mindir|mindplan)$/.test(file))) return undefined;
  return {
    path: 'model.model_file',
    message: `found ${JSON.stringify(file)}, want the plain name of a .mindir or .mindplan file in the version folder`,
  };
};

const oneKey: Rule<ServableConfig> = ({ model }) =>
  model.key_file !== null && model.key_env !== null
    ? { path: 'model.key_env', message: 'found beside model.key_file, want only one of the two' }
    : undefined;

const calibrationFits: Rule<ServableConfig> = ({ model, calibration }) => {
  const isInt8 = model.precision === 'int8';
  if (isInt8 && calibration.data === null)
    return { path: 'model.precision', message: 'found "int8" without calibration.data, want samples to measure' };
  if (!isInt8 && calibration.data !== null)
    return { path: 'calibration.data', message: 'found without model.precision: int8, want both or none' };
  if (isInt8 && (model.key_file !== null || model.key_env !== null))
    return { path: 'model.precision', message: 'found "int8" with a key, but encrypted models are not quantised' };
  return undefined;
};

const methodsRead: Rule<ServableConfig> = ({ mindspore_serving: { methods } }) => {
  const bad = methods.find((text) => parseMethod(text) === undefined);
  if (bad !== undefined)
    return {
      path: 'mindspore_serving.methods',
      message: `found ${JSON.stringify(bad)}, want NAME(ARGUMENT, …) -> (RESULT, …)`,
    };
  const all = methods.map((text) => parseMethod(text)?.name);
  const twice = all.find((name, i) => all.indexOf(name) !== i);
  return twice === undefined
    ? undefined
    : { path: 'mindspore_serving.methods', message: `found ${JSON.stringify(twice)} twice, want each method once` };
};

const validate = validator(servableFields, [
  onePolicy,
  labelsRead,
  byPriority('priority_timeouts'),
  byPriority('priority_delays'),
  bucketsFit,
  plainFile,
  oneKey,
  calibrationFits,
  methodsRead,
]);

/** The configuration of a servable without a file. */
export function defaultServable(): ServableConfig {
  return parseServable('', servableFile);
}

/** Validates the text of a servable's configuration, paths as they are written; throws ConfigError. */
export function parseServable(text: string, file: string): ServableConfig {
  const yaml = parseYaml(text, file);
  return validateServable(yaml.value, file, (at) => yaml.lineOf(at));
}

/** Validates sections that were read from a file, in which `lineOf` finds the line of a path; throws ConfigError. */
export function validateServable(sections: unknown, file: string, lineOf: (path: string) => number): ServableConfig {
  const result = validate(sections);
  if (result.ok) return result.value;
  throw new ConfigError(result.findings.map((finding) => ({ source: file, line: lineOf(finding.path), ...finding })));
}

/** Reads and validates a servable's configuration file, paths made absolute; throws ConfigError. */
export function readServable(file: string): ServableConfig {
  const config = parseServable(readConfigText(file), file);
  const absolute = (place: string | null): string | null =>
    place === null ? null : path.resolve(path.dirname(file), place);
  const { model, calibration } = config;
  return {
    ...config,
    model: { ...model, key_file: absolute(model.key_file) },
    calibration: { ...calibration, data: absolute(calibration.data) },
  };
}

/** The configuration of the servable that the model lies in, NAME/VERSION/model.mindir; elsewhere the defaults. */
export function servableOf(file: string): ServableConfig {
  const own = path.join(path.dirname(file), '..', servableFile);
  return existsSync(own) ? readServable(own) : defaultServable();
}
