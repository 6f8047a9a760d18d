// Which sections, and what of them, the patterns on the command line ask for.

import path from 'node:path';
import { root } from '../lib/paths.mjs';

/**
 * The sections to run, each with `fits`, which tells of a file or test executable whether it is wanted. A pattern that is a
 * section's name wants all of that section and nothing else; any other wants the files and executables whose names contain it.
 * A section that is `named` runs only when its name is asked for.
 */
export function select(sections, patterns) {
  if (patterns.length === 0)
    return sections.filter(({ named }) => named !== true).map((section) => ({ ...section, fits: () => true }));
  const parts = patterns.filter((pattern) => !sections.some(({ name }) => name === pattern));
  // Files are named from the checkout: its own path says nothing about them.
  const wanted = (name) =>
    parts.some((part) => (path.isAbsolute(name) ? path.relative(root, name) : name).includes(part));
  return sections.flatMap((section) => {
    if (patterns.includes(section.name)) return [{ ...section, fits: () => true }];
    if (section.named) return [];
    return section.choices?.().some(wanted) ? [{ ...section, fits: wanted }] : [];
  });
}
