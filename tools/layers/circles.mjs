// Circles: files that use each other, by way of whatever others, types included.

import path from 'node:path';
import { includesOf } from './native.mjs';
import { importsOf } from './server.mjs';

/** The files of `known` that a file imports or includes. */
function usedBy(file, text, known) {
  const paths = file.endsWith('.ts')
    ? importsOf(text).map(({ from }) => path.posix.join(path.posix.dirname(file), from))
    : includesOf(text).map(({ header }) => `native/${header}`);
  return paths.filter((name) => known.has(name));
}

/** One line for each circle among sources of the form {file, text}, naming its files in order. */
export function findCircles(sources) {
  const known = new Set(sources.map(({ file }) => file));
  const uses = new Map(sources.map(({ file, text }) => [file, usedBy(file, text, known)]));
  const done = new Set();
  const problems = [];
  const visit = (file, way) => {
    const at = way.indexOf(file);
    if (at >= 0) problems.push(`${file}: uses itself by way of ${[...way.slice(at + 1), file].join(', ')}`);
    if (at >= 0 || done.has(file)) return;
    for (const other of uses.get(file)) visit(other, [...way, file]);
    done.add(file);
  };
  for (const file of uses.keys()) visit(file, []);
  return problems;
}
