// What one configuration field is. A field is an entry of a table (server-fields.ts, servable-fields.ts); its
// TypeScript type, zod schema, environment name, flag, documentation and reload rule all follow from that entry.

/** Kinds of value and the type each has after loading: durations in milliseconds, sizes in bytes. */
export interface KindTypes {
  readonly text: string;
  readonly path: string;
  readonly address: string;
  readonly addresses: readonly string[];
  readonly duration: number;
  readonly size: number;
  readonly integer: number;
  readonly fraction: number;
  readonly choice: string;
  readonly choices: readonly string[];
  readonly integers: readonly number[];
  readonly names: readonly string[];
  readonly texts: readonly string[];
}

export type Kind = keyof KindTypes;

export interface FieldSpec {
  readonly kind: Kind;
  readonly doc: string;
  /** As one would write it in YAML; null = optional, without a default. */
  readonly default: string | number | boolean | null | readonly (string | number)[];
  /** True when a reload can apply a change; absent where the whole file is read again anyway. */
  readonly reload?: boolean;
  /** Limits, written as the value itself is written. */
  readonly min?: string | number;
  readonly max?: string | number;
  /** Legal values of a choice; `hidden` ones are legal but not advertised. */
  readonly values?: readonly string[];
  readonly hidden?: readonly string[];
  /** Command-line flag of `mindird serve`. */
  readonly flag?: string;
}

export interface SectionSpec {
  readonly doc: string;
  readonly fields: Readonly<Record<string, FieldSpec>>;
}

/** A whole file: sections of fields. */
export type FileSpec = Readonly<Record<string, SectionSpec>>;

type Base<F> = F extends { readonly kind: infer K extends Kind } ? KindTypes[K] : never;
type ValueOf<F> = F extends { readonly default: null } ? Base<F> | null : Base<F>;

/** The loaded form of a file described by S. */
export type ConfigOf<S extends FileSpec> = {
  readonly [Section in keyof S]: { readonly [Name in keyof S[Section]['fields']]: ValueOf<S[Section]['fields'][Name]> };
};

/** Every field of a file with its dotted key path, in table order. */
export function fieldPaths(spec: FileSpec): readonly { readonly path: string; readonly field: FieldSpec }[] {
  return Object.entries(spec).flatMap(([section, { fields }]) =>
    Object.entries(fields).map(([name, field]) => ({ path: `${section}.${name}`, field })),
  );
}

/** Environment variable of a field of the server file: `server.max_message` is MINDIRD_SERVER_MAX_MESSAGE. */
export function environmentName(path: string): string {
  return `MINDIRD_${path.replaceAll('.', '_').toUpperCase()}`;
}
