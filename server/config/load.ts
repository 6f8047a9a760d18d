// The server's configuration: defaults < file < environment < flags, each value remembered with where it came from so
// that an error names the place the reader can change.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { ServingError } from '../errors.ts';
import type { FieldSpec } from './field.ts';
import { environmentName, fieldPaths } from './field.ts';
import { nearestPath } from './nearest.ts';
import type { Problem } from './problem.ts';
import { ConfigError, describeProblem } from './problem.ts';
import type { Finding } from './schema.ts';
import { validator } from './schema.ts';
import type { ServerConfig } from './server-fields.ts';
import { serverFields } from './server-fields.ts';
import { serverRules } from './server-rules.ts';
import type { YamlText } from './yaml.ts';
import { parseYaml, readConfigText } from './yaml.ts';

export interface ConfigInputs {
  /** The file named by --config; undefined = MINDIRD_CONFIG, else ./mindird.yaml where there is one. */
  readonly file: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Values of flags by the dotted key path of their field; undefined ones were not given. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly cwd: string;
  /** undefined where the user has none. */
  readonly home: string | undefined;
}

export type Source = 'file' | 'environment' | 'flag';

export interface LoadedConfig {
  readonly config: ServerConfig;
  /** The file that was read, or null. */
  readonly file: string | null;
  /** Where each value that is not a default came from, by key path. */
  readonly sources: ReadonlyMap<string, Source>;
  readonly warnings: readonly string[];
}

const fields = fieldPaths(serverFields);
const validate = validator(serverFields, serverRules);

interface Layers {
  readonly raw: Record<string, unknown>;
  readonly sources: Map<string, Source>;
}

function put(layers: Layers, key: string, value: unknown, source: Source): void {
  const [section = '', name = ''] = key.split('.', 2);
  const own = layers.raw[section];
  const copy = typeof own === 'object' && own !== null && !Array.isArray(own) ? { ...own } : {};
  layers.raw[section] = { ...copy, [name]: value };
  layers.sources.set(key, source);
}

/** A value as the environment spells it: lists by commas, numbers in digits. */
function fromText(field: FieldSpec, value: string): unknown {
  if (field.kind === 'addresses' || field.kind === 'texts' || field.kind === 'choices')
    return value.split(',').map((part) => part.trim());
  if (field.kind === 'integer' && /^-?\d{1,16}$/.test(value)) return Number(value);
  if (field.kind === 'fraction' && /^\d{1,9}(?:\.\d{1,12})?$/.test(value)) return Number(value);
  return value;
}

function chooseFile(inputs: ConfigInputs): string | null {
  const named = inputs.file ?? inputs.environment['MINDIRD_CONFIG'];
  if (named !== undefined && named !== '') return path.resolve(inputs.cwd, named);
  const usual = path.join(inputs.cwd, 'mindird.yaml');
  return existsSync(usual) ? usual : null;
}

function addFile(layers: Layers, file: string): YamlText {
  const yaml = parseYaml(readConfigText(file), file);
  if (yaml.value === undefined || yaml.value === null) return yaml;
  if (typeof yaml.value !== 'object' || Array.isArray(yaml.value)) {
    const message = `found no sections, want ${Object.keys(serverFields).join(', ')}`;
    throw new ConfigError([{ source: file, line: 1, path: '', message }]);
  }
  Object.assign(layers.raw, yaml.value);
  for (const { path: key } of fields) {
    const [section = '', name = ''] = key.split('.', 2);
    const own: unknown = layers.raw[section];
    if (typeof own === 'object' && own !== null && Object.hasOwn(own, name)) layers.sources.set(key, 'file');
  }
  return yaml;
}

function addEnvironment(layers: Layers, environment: ConfigInputs['environment']): string[] {
  const names = new Map(fields.map(({ path: key, field }) => [environmentName(key), { key, field }]));
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    const known = names.get(name);
    if (value === undefined || value === '') continue;
    if (known !== undefined) put(layers, known.key, fromText(known.field, value), 'environment');
    else if (Object.keys(serverFields).some((section) => name.startsWith(`MINDIRD_${section.toUpperCase()}_`))) {
      warnings.push(
        `environment: ${name} is not a known variable, the nearest known one is ${nearestPath(name, [...names.keys()])}`,
      );
    }
  }
  return warnings;
}

function locate(
  finding: Finding,
  sources: ReadonlyMap<string, Source>,
  file: string | null,
  yaml: YamlText | undefined,
): Problem {
  const key = finding.path.split('.').slice(0, 2).join('.');
  const source = sources.get(key);
  if (source === 'flag') {
    const flag = fields.find((entry) => entry.path === key)?.field.flag ?? key;
    return { source: 'command line', line: 0, path: `--${flag}`, message: finding.message };
  }
  if (source === 'environment')
    return { source: 'environment', line: 0, path: environmentName(key), message: finding.message };
  return {
    source: file ?? 'configuration',
    line: yaml?.lineOf(finding.path) ?? 0,
    path: finding.path,
    message: finding.message,
  };
}

function absolute(value: string, source: Source | undefined, file: string | null, inputs: ConfigInputs): string {
  if (value === '~' || value.startsWith('~/')) {
    if (inputs.home === undefined) throw new ServingError('INVALID_CONFIG', `${value}: this user has no home folder`);
    return path.join(inputs.home, value.slice(1));
  }
  const base = source === 'file' && file !== null ? path.dirname(file) : inputs.cwd;
  return path.resolve(base, value);
}

/** null where there is neither XDG_CACHE_HOME nor a home. */
function defaultCache(inputs: ConfigInputs): string | null {
  const xdg = inputs.environment['XDG_CACHE_HOME'];
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, 'mindird');
  return inputs.home === undefined ? null : path.join(inputs.home, '.cache', 'mindird');
}

/** Loads and validates the configuration; throws ConfigError with every problem found. */
export function loadConfig(inputs: ConfigInputs): LoadedConfig {
  const layers: Layers = { raw: Object.create(null), sources: new Map() };
  const file = chooseFile(inputs);
  const yaml = file === null ? undefined : addFile(layers, file);
  const warnings = addEnvironment(layers, inputs.environment);
  for (const [key, value] of Object.entries(inputs.flags)) if (value !== undefined) put(layers, key, value, 'flag');
  const result = validate(layers.raw);
  if (!result.ok) throw new ConfigError(result.findings.map((finding) => locate(finding, layers.sources, file, yaml)));
  const { config, sources } = { config: result.value, sources: layers.sources };
  const cache = config.cache.path ?? defaultCache(inputs);
  const at = (key: string, value: string): string => absolute(value, sources.get(key), file, inputs);
  const maybeAt = (key: string, value: string | null): string | null => (value === null ? null : at(key, value));
  const { access, repository, tls } = config;
  return {
    config: {
      ...config,
      repository: { ...repository, path: at('repository.path', repository.path) },
      cache: { ...config.cache, path: maybeAt('cache.path', cache) },
      access: { ...access, keys: maybeAt('access.keys', access.keys) },
      tls: {
        ...tls,
        certificate: maybeAt('tls.certificate', tls.certificate),
        key: maybeAt('tls.key', tls.key),
        client_ca: maybeAt('tls.client_ca', tls.client_ca),
      },
    },
    file,
    sources,
    warnings,
  };
}

/** The problems of a caught error as lines for a person. */
export function problemLines(error: ConfigError): readonly string[] {
  return error.problems.map(describeProblem);
}
