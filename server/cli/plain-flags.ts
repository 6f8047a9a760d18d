// Arguments that are nothing but known flags, each with a value: what a server is started with nearly always. Reading them needs no
// parser, and loading one takes a good part of the time until a server is ready.

/**
 * The values by flag, as the parser would give them (texts; a flag given twice has both). undefined where the parser has to judge: for what
 * is not a known flag, for the help, where a value is missing, and for quoted values.
 */
export function plainFlags(
  args: readonly string[],
  known: ReadonlySet<string>,
): Readonly<Record<string, unknown>> | undefined {
  const values: Record<string, string | readonly string[]> = {};
  for (let at = 0; at < args.length; at++) {
    const [, name = '', inline] = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(args[at] ?? '') ?? [];
    const value = inline ?? args[++at] ?? '';
    if (!known.has(name) || !/^[^-"'\s][^"'\s]*$/.test(value)) return undefined;
    values[name] = Object.hasOwn(values, name) ? [values[name] ?? '', value].flat() : value;
  }
  return values;
}
