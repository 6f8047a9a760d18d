// The file of keys: who may call what, with the hash of each key in the place of the key.
//
//   anonymous:                       # what callers without a key may do; without it nothing
//     calls: [metadata]
//   keys:
//     - name: vision
//       sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//       calls: [infer, metadata]
//       servables: [lenet, 'resnet*']
//       until: 2027-06-30

import * as z from 'zod';
import { schemaText } from '../config/json-schema.ts';
import { nearestPath } from '../config/nearest.ts';
import { ConfigError, type Problem } from '../config/problem.ts';
import { maxConfigBytes, parseYaml } from '../config/yaml.ts';
import type { CallGroup } from '../inference/grant.ts';

/** Groups of calls that keys are for. */
export const keyGroups: readonly ['infer', 'metadata', 'metrics', 'admin'] = ['infer', 'metadata', 'metrics', 'admin'];

/** What a key, or the lack of one, allows. */
export interface Allowed {
  readonly calls: readonly CallGroup[];
  /** Names of servables, in which one * may stand for any characters; undefined: all. */
  readonly servables: readonly string[] | undefined;
}

export interface KeyEntry extends Allowed {
  readonly name: string;
  /** SHA-256 of the key. */
  readonly hash: Buffer;
  /** Milliseconds since the epoch from which on it does not hold; Infinity: it holds for good. */
  readonly until: number;
}

export interface KeyFile {
  readonly anonymous: Allowed | undefined;
  readonly keys: readonly KeyEntry[];
}

const distinct = (values: readonly unknown[]): boolean => new Set(values).size === values.length;
const calls = z.array(z.enum(keyGroups)).min(1).refine(distinct);
const servables = z
  .array(
    z
      .string()
      .min(1)
      .max(200)
      .regex(/^[A-Za-z0-9_.\-/]*\*?[A-Za-z0-9_.\-/]*$/),
  )
  .min(1)
  .max(100);
const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .refine((text) => !Number.isNaN(Date.parse(text)));
const allowed = { calls, servables: servables.optional() };
const entry = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  ...allowed,
  until: day.optional(),
});
const schema = z.strictObject({
  anonymous: z.strictObject(allowed).nullish(),
  keys: z.array(entry).max(1000).nullish(),
});

const wanted: Readonly<Record<string, string>> = {
  name: 'a name of up to 64 letters, digits, _ . and -',
  sha256: 'the SHA-256 of the key in 64 digits, as mindird key prints it',
  calls: `a list of distinct values out of ${keyGroups.join(', ')}`,
  servables: 'a list of names of servables, in which one * may stand for any characters',
  until: 'a day, such as 2027-06-30',
  anonymous: 'a section with the keys calls and servables',
  keys: 'a list of entries with the keys name, sha256, calls, servables and until',
};

/** Reads the text of a file of keys; throws ConfigError with every problem's line. What it found of a hash is not told. */
export function parseKeyFile(bytes: Buffer, file: string): KeyFile {
  const refuse = (line: number, path: string, message: string): never => {
    throw new ConfigError([{ source: file, line, path, message }]);
  };
  if (bytes.length > maxConfigBytes) refuse(0, '', `found ${bytes.length} bytes, want at most ${maxConfigBytes}`);
  const yaml = parseYaml(bytes.toString('utf8'), file);
  const result = schema.safeParse(yaml.value ?? {});
  if (!result.success) {
    const problems = result.error.issues.flatMap((issue) => problemsOf(issue));
    throw new ConfigError(problems.map((problem) => ({ source: file, line: yaml.lineOf(problem.path), ...problem })));
  }
  const { anonymous } = result.data;
  const keys = result.data.keys ?? [];
  for (const part of ['name', 'sha256'] as const) {
    const all = keys.map((key) => key[part]);
    const twice = all.findIndex((value, i) => all.indexOf(value) !== i);
    const place = `keys.${twice}.${part}`;
    if (twice >= 0) refuse(yaml.lineOf(place), place, 'is that of an entry before it, want each once');
  }
  const entries = keys.map(({ sha256, until, ...rest }) => ({
    ...allowedOf(rest),
    name: rest.name,
    hash: Buffer.from(sha256, 'hex'),
    until: until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until),
  }));
  return { anonymous: anonymous == null ? undefined : allowedOf(anonymous), keys: entries };
}

/** JSON Schema of the file, for editors. */
export function keysSchemaText(): string {
  return schemaText(z.toJSONSchema(schema, { io: 'input' }), 'access.keys of mindird: who may call what');
}

function allowedOf(found: { calls: readonly CallGroup[]; servables?: readonly string[] | undefined }): Allowed {
  return { calls: found.calls, servables: found.servables };
}

function problemsOf(issue: z.core.$ZodIssue): readonly Pick<Problem, 'path' | 'message'>[] {
  const path = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') {
    const field = issue.path.findLast((part) => typeof part === 'string');
    return [{ path, message: `want ${wanted[String(field)] ?? 'a section with the keys anonymous and keys'}` }];
  }
  return issue.keys.map((key) => ({
    path: [...issue.path, key].join('.'),
    message: `unknown key, the nearest known one is ${nearestPath(key, Object.keys(wanted)) ?? 'none'}`,
  }));
}
