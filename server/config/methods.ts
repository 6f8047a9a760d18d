// Methods of a servable as its configuration writes them: `add_common(x1, x2) -> (y)`. A result _ stands for an output that is not told.

export interface MethodText {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const METHOD = /^\s*([A-Za-z_]\w{0,127})\s*\(([^()]{0,2000})\)\s*->\s*\(([^()]{0,2000})\)\s*$/;
const NAME = /^[A-Za-z_]\w{0,127}$/;

function names(text: string): string[] | undefined {
  const found = text.split(',').map((name) => name.trim());
  const named = found.filter((name) => name !== '_');
  return found.every((name) => NAME.test(name)) && new Set(named).size === named.length ? found : undefined;
}

/** A method; undefined when the text is none. */
export function parseMethod(text: string): MethodText | undefined {
  const match = METHOD.exec(text);
  const inputs = names(match?.[2] ?? '');
  const outputs = names(match?.[3] ?? '');
  if (match === null || inputs === undefined || outputs === undefined) return undefined;
  return { name: match[1] as string, inputs, outputs };
}
