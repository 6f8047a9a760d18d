// From a table of fields to a strict zod schema, and from zod's findings to messages of our own form: the place, what
// was found, what was wanted, and for an unknown key the nearest known one.

import * as z from 'zod';
import { readAddress } from './address.ts';
import type { ConfigOf, FieldSpec, FileSpec, Kind } from './field.ts';
import { fieldPaths } from './field.ts';
import { nearestPath } from './nearest.ts';
import { parseDuration, parseSize, quantity } from './units.ts';

/** A finding before it has a place in a file. */
export interface Finding {
  readonly path: string;
  readonly message: string;
}

export type Validation<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** A rule over several fields; gives the path it complains about and why. */
export type Rule<T> = (value: T) => Finding | undefined;

/** Whatever tensors are called elsewhere: `308`, `onnx::Add_1`, `dense/BiasAdd:0`. */
const name = /^[!-~]{1,128}$/;
const longestText = 4096;
const longestList = 64;

function measure(parse: (text: string) => number | undefined, field: FieldSpec): z.ZodType {
  const low = parse(String(field.min)) ?? 0;
  const high = parse(String(field.max)) ?? Number.MAX_SAFE_INTEGER;
  const legal = (text: string): boolean => {
    const value = parse(text);
    return value !== undefined && value >= low && value <= high;
  };
  return z
    .string()
    .regex(quantity)
    .refine(legal)
    .transform((text) => parse(text) ?? 0);
}

function bounded(schema: z.ZodNumber, field: FieldSpec): z.ZodNumber {
  return schema.min(Number(field.min)).max(Number(field.max));
}

function choice(field: FieldSpec): z.ZodType {
  return z.enum([...(field.values ?? []), ...(field.hidden ?? [])]);
}

const text = (): z.ZodString =>
  z
    .string()
    .min(1)
    .max(longestText)
    .refine((value) => !value.includes('\0'));
const address = (): z.ZodType => text().refine((value) => readAddress(value) !== undefined);
const distinct = (values: readonly unknown[]): boolean => new Set(values).size === values.length;

const kinds: Readonly<Record<Kind, (field: FieldSpec) => z.ZodType>> = {
  text,
  path: text,
  address,
  addresses: () =>
    z.preprocess(
      (value) => (typeof value === 'string' ? [value] : value),
      z.array(address()).min(1).max(longestList).refine(distinct),
    ),
  duration: (field) => measure(parseDuration, field),
  size: (field) => measure(parseSize, field),
  integer: (field) => bounded(z.int(), field),
  fraction: (field) => bounded(z.number(), field),
  choice,
  choices: (field) => z.array(choice(field)).min(1).max(longestList).refine(distinct),
  integers: (field) => z.array(bounded(z.int(), field)).max(longestList).refine(distinct),
  names: () => z.array(z.string().regex(name)).max(longestList).refine(distinct),
  texts: () => z.array(text()).max(longestList).refine(distinct),
};

function fieldSchema(field: FieldSpec): z.ZodType {
  const schema = kinds[field.kind](field);
  return field.default === null ? schema.nullable().prefault(null) : schema.prefault(field.default as never);
}

/** The schema of a whole file, without rules between fields. */
export function fileSchema(spec: FileSpec): z.ZodType {
  const sections = Object.entries(spec).map(([key, section]) => {
    const fields = Object.entries(section.fields).map(([field, value]) => [field, fieldSchema(value)] as const);
    // A section whose entries are all commented out is an empty section.
    return [key, z.preprocess((value) => value ?? {}, z.strictObject(Object.fromEntries(fields)))] as const;
  });
  return z.strictObject(Object.fromEntries(sections));
}

/** What a field accepts, for messages and documentation. */
export function wanted(field: FieldSpec): string {
  const range = field.min === undefined ? '' : ` between ${field.min} and ${field.max}`;
  const values = (field.values ?? []).join(', ');
  const texts: Readonly<Record<Kind, string>> = {
    text: 'text',
    path: 'a path',
    address: 'an address: host:port, [ipv6]:port or unix:PATH',
    addresses: 'one address or a list of distinct ones: host:port, [ipv6]:port or unix:PATH',
    duration: `a duration${range}, such as 20ms`,
    size: `a size${range}, such as 100MiB`,
    integer: `a whole number${range}`,
    fraction: `a number${range}`,
    choice: field.values?.length === 1 ? values : `one of ${values}`,
    choices: `a list of distinct values out of ${values}`,
    integers: `a list of distinct whole numbers${range}`,
    names: 'a list of distinct names of 1 to 128 characters of ASCII without spaces',
    texts: 'a list of distinct texts',
  };
  return texts[field.kind];
}

/** A short, single-line form of a value for messages. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length > 4 ? `a list of ${value.length}` : `[${value.map(show).join(', ')}]`;
  if (typeof value === 'object') return 'a section';
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return String(value);
}

function lookUp(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}

function fieldFinding(path: string, field: FieldSpec, input: unknown, at: readonly PropertyKey[]): Finding {
  const found = lookUp(input, at.slice(0, 2));
  return { path, message: `found ${show(found)}, want ${wanted(field)}` };
}

function explain(
  issue: z.core.$ZodIssue,
  input: unknown,
  known: ReadonlyMap<string, FieldSpec>,
  spec: FileSpec,
): readonly Finding[] {
  const at = issue.path;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...at, key].join('.');
      const candidates = at.length === 0 ? [...Object.keys(spec), ...known.keys()] : [...known.keys()];
      return { path, message: `unknown key, the nearest known one is ${nearestPath(path, candidates) ?? 'none'}` };
    });
  }
  const path = at.slice(0, 2).join('.');
  const field = known.get(path);
  if (field !== undefined) return [fieldFinding(path, field, input, at)];
  const keys = Object.keys(spec[path]?.fields ?? spec).join(', ');
  return [{ path, message: `found ${show(lookUp(input, at))}, want a section with the keys ${keys}` }];
}

/** A function that validates raw values against a table and rules, filling defaults. */
export function validator<const S extends FileSpec>(
  spec: S,
  rules: readonly Rule<ConfigOf<S>>[],
): (input: unknown) => Validation<ConfigOf<S>> {
  const schema = fileSchema(spec);
  const known = new Map(fieldPaths(spec).map(({ path, field }) => [path, field]));
  return (input) => {
    const result = schema.safeParse(input ?? {});
    if (!result.success) {
      const findings = result.error.issues.flatMap((issue) => explain(issue, input, known, spec));
      const unique = new Map(findings.map((finding) => [`${finding.path} ${finding.message}`, finding]));
      return { ok: false, findings: [...unique.values()].slice(0, 20) };
    }
    const value = result.data as ConfigOf<S>;
    const findings = rules.flatMap((rule) => rule(value) ?? []);
    return findings.length === 0 ? { ok: true, value } : { ok: false, findings };
  };
}
