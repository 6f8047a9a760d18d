// Links of the checkout's documents to its own files and headings.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../lib/paths.mjs';
import { render } from './markdown.mjs';

/** What a measurement writes; it may not be there. */
const kWritten = new Set(['docs/RELIABILITY.md']);

export const isElsewhere = (target) => /^[a-z][a-z0-9+.-]*:/i.test(target);

/** A relative link of a file as {file, anchor}, the file seen from the checkout. */
export function resolved(file, target) {
  const [where, anchor = ''] = target.split('#');
  const full = where === '' ? file : path.posix.join(path.posix.dirname(file), decodeURIComponent(where));
  return { file: full, anchor };
}

/** Links of these files that lead nowhere, each as `FILE:LINE: TARGET: why`. `read` gives a document's text. */
export function brokenLinks(files, { read = (file) => readFileSync(inRoot(file), 'utf8') } = {}) {
  const known = new Map();
  const rendered = (file) => {
    if (!known.has(file)) known.set(file, render(read(file)));
    return known.get(file);
  };
  const broken = [];
  for (const file of files)
    for (const { target, line } of rendered(file).links) {
      if (isElsewhere(target)) continue;
      const to = resolved(file, target);
      const say = (why) => broken.push(`${file}:${line}: ${target}: ${why}`);
      if (!files.includes(to.file) && !existsSync(inRoot(to.file))) {
        if (!kWritten.has(to.file)) say('no such file');
      } else if (to.anchor !== '' && to.file.endsWith('.md')) {
        if (!rendered(to.file).headings.some(({ anchor }) => anchor === to.anchor)) say('no such heading');
      }
    }
  return broken;
}
