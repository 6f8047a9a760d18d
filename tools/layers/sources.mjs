// The source files the checks read: everything that is written by hand, in any language.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../lib/paths.mjs';

const kFolders = ['native', 'server', 'test', 'tools', 'servables', 'deploy', 'proto', 'bin'];
const kCode = /\.(cc|h|ts|mjs|js|py|sh|cmake|proto)$|CMakeLists\.txt$/;
const kSkipped = new Set(['node_modules', '__pycache__', 'fixtures', 'ops', 'networks']);

function* walk(folder) {
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const file = `${folder}/${entry.name}`;
    // Data of the tests has the names of folders that hold code elsewhere.
    const data = folder.startsWith('test') && kSkipped.has(entry.name) && file !== 'test/bench/networks';
    if (entry.isDirectory() && !data && entry.name !== 'node_modules' && entry.name !== '__pycache__')
      yield* walk(file);
    else if (entry.isFile() && kCode.test(entry.name)) yield file;
  }
}

/** Every source file as {file, text}, the file named from the checkout. */
export function readSources() {
  const files = kFolders.flatMap((folder) => [...walk(folder)]);
  return files.map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));
}
