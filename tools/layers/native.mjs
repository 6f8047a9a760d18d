// The direction of #include in native/.

import { nativeHeaders, nativeLayers, nativeNames } from './tables.mjs';

/** Everything a layer may use: what the table names and what those may use. */
export function closure(layers, layer, seen = new Set()) {
  if (seen.has(layer)) return seen;
  seen.add(layer);
  for (const below of layers[layer] ?? []) closure(layers, below, seen);
  return seen;
}

/** The layer of a path below native/: the longest one of the table that is a folder of it. */
export function layerOf(layers, file) {
  const parts = file.split('/');
  for (let count = Math.min(3, parts.length - 1); count > 0; count--) {
    const name = parts.slice(0, count).join('/');
    if (name in layers) return name;
  }
  return undefined;
}

/** Includes of a file: what is named, its quote, and the line. */
export function includesOf(text) {
  return [...text.matchAll(/^[^\S\n]*#\s*include\s*([<"])([^>"\n]+)/gm)].map(({ 1: quote, 2: header, index }) => ({
    quote,
    header,
    line: text.slice(0, index).split('\n').length,
  }));
}

/** What is wrong with the includes of one file. */
export function checkIncludes(file, text, layers = nativeLayers, headers = nativeHeaders) {
  const own = file.replace(/^native\//, '');
  const layer = layerOf(layers, own);
  if (layer === undefined) return [`${file}: is in no layer of tools/layers/tables.mjs`];
  const allowed = closure(layers, layer);
  // Unit tests share helpers that lie in native/test.
  if (/_test\.cc$/.test(file)) allowed.add('test');
  const problems = [];
  for (const { quote, header, line } of includesOf(text)) {
    const at = `${file}:${line}: includes ${header}`;
    if (quote === '"') {
      const target = layerOf(layers, header);
      if (target === undefined) problems.push(`${at}, which is in no layer; includes name files from native/`);
      else if (!allowed.has(target)) problems.push(`${at}, but ${layer} must not use ${target}`);
    }
    const rule = headers.find((one) => one.header.test(header));
    if (rule !== undefined && !rule.allowed.some((place) => file.startsWith(place)))
      problems.push(`${at}, but ${rule.name} belongs to ${rule.allowed.join(', ')}`);
  }
  return problems;
}

/** Where a file says a name that its layer does without. */
export function checkNames(file, text, layers = nativeLayers, names = nativeNames) {
  if (/_test\.cc$/.test(file)) return [];
  const layer = layerOf(layers, file.replace(/^native\//, ''));
  const rules = names.filter(({ absent }) => absent.includes(layer));
  return text.split('\n').flatMap((line, index) =>
    rules.flatMap(({ name }) => {
      const found = name.exec(line);
      return found === null ? [] : [`${file}:${index + 1}: says ${found[0]}, but ${layer} knows no engine by name`];
    }),
  );
}
