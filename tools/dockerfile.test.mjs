// The build of an image copies files one by one, so that a change of one builds little anew. What it runs must find what it imports.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { inRoot } from './lib/paths.mjs';

/** The files of the checkout that a file imports when it is loaded, itself among them. */
function loaded(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  const imports = readFileSync(inRoot(file), 'utf8').matchAll(/^(?:import|export)[^;]*?from '(\.[^']+)'/gm);
  for (const [, to] of imports) loaded(path.posix.join(path.posix.dirname(file), to), found);
  return found;
}

/** `TOOL: FILE` for what a tool that a Dockerfile runs would not find. */
function lacking(text) {
  const stages = new Map();
  const lacks = [];
  let copied = [];
  for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
    const [, from, name] = /^FROM (\S+)(?: AS (\S+))?$/.exec(line) ?? [];
    if (from !== undefined) {
      copied = [...(stages.get(from) ?? [])];
      stages.set(name, copied);
    }
    const words = /^COPY (?!--from)(.*)$/.exec(line)?.[1].trim().split(/\s+/) ?? [];
    copied.push(...words.slice(0, -1));
    for (const [, tool] of line.matchAll(/node (tools\/\S+\.mjs)/g)) {
      const isThere = (file) => copied.some((one) => one === '.' || file === one || file.startsWith(`${one}/`));
      lacks.push(...[...loaded(tool)].filter((file) => !isThere(file)).map((file) => `${tool}: ${file}`));
    }
  }
  return lacks;
}

test('Dockerfile: the tools it runs find what they import', () => {
  assert.deepEqual(lacking(readFileSync(inRoot('Dockerfile'), 'utf8')), []);
});

test('a tool without what it imports is found, in the stage that runs it', () => {
  const text = readFileSync(inRoot('Dockerfile'), 'utf8');
  const without = text.replace('COPY tools/lib tools/lib\n', '');
  assert.notEqual(without, text);
  assert.ok(lacking(without).includes('tools/build-native.mjs: tools/lib/run.mjs'), lacking(without).join('\n'));
});
