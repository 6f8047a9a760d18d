// Which sections, and what of them, the patterns on the command line ask for.

import path from 'node:path';
import { root } from '../lib/paths.mjs';

/**
 * The sections to run, each with `fits`, which tells of a file or test executable whether it is wanted. A pattern that is part of
 * a section's name wants all of it; one that is part of the names a section chooses from wants those.
 */
export function select(sections, patterns) {
  if (patterns.length === 0) return sections.map((section) => ({ ...section, fits: () => true }));
  // Files are named from the checkout: its own path says nothing about them.
  const wanted = (name) => patterns.some((pattern) => (path.isAbsolute(name) ? path.relative(root, name) : name).includes(pattern));
  return sections.flatMap((section) => {
    if (wanted(section.name)) return [{ ...section, fits: () => true }];
    return section.choices?.().some(wanted) ? [{ ...section, fits: wanted }] : [];
  });
}
