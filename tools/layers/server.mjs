// The direction of imports in server/.

import path from 'node:path';
import { addonLoader, serverLayers } from './tables.mjs';

const unitOf = (file) =>
  file
    .replace(/^server\//, '')
    .split('/')[0]
    .replace(/(\.test)?\.ts$/, '');

/** Imports and re-exports of a file: what is named, whether only types are taken, and the line. */
export function importsOf(text) {
  const pattern =
    /^(?:import|export)\s+(type\s)?([^'";]*?)\sfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;
  return [...text.matchAll(pattern)].map((match) => {
    const named = /^\{([\s\S]*)\}$/
      .exec(match[2]?.trim() ?? '')?.[1]
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '');
    const typesOnly =
      match[1] !== undefined ||
      (named !== undefined && named.length > 0 && named.every((word) => word.startsWith('type ')));
    return { from: match[3] ?? match[4] ?? match[5], typesOnly, line: text.slice(0, match.index).split('\n').length };
  });
}

/** What is wrong with the imports of one file. Tests may use what they like but the addon. */
export function checkImports(file, text, layers = serverLayers) {
  const problems = [];
  if (file !== addonLoader && /\bcreateRequire\b|process\.dlopen|\.node['"]\)/.test(text) && !file.endsWith('.test.ts'))
    problems.push(`${file}: loads a native module, which belongs to ${addonLoader}`);
  if (file.endsWith('.test.ts')) return problems;
  const unit = unitOf(file);
  const layer = layers[unit];
  if (layer === undefined) return [...problems, `${file}: is in no layer of tools/layers/tables.mjs`];
  for (const { from, typesOnly, line } of importsOf(text)) {
    if (!from.startsWith('.')) continue;
    const target = path.posix.join(path.posix.dirname(file), from);
    if (!target.startsWith('server/')) {
      problems.push(`${file}:${line}: imports ${from}, which is not part of the server`);
      continue;
    }
    const other = unitOf(target);
    if (other === unit || layer.uses.includes(other)) continue;
    if (layer.types?.includes(other)) {
      if (!typesOnly) problems.push(`${file}:${line}: imports ${from}, but ${unit} may use only the types of ${other}`);
    } else problems.push(`${file}:${line}: imports ${from}, but ${unit} must not use ${other}`);
  }
  return problems;
}
