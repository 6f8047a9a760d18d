// What `node dist/server/main.js` starts: the server in one file where that was made after the last compilation, else module by module. bin/mindird
// makes the same choice without a start of Node's.

import { statSync } from 'node:fs';
import module from 'node:module';

const bundle = new URL('../bundle/lib/server/main.js', import.meta.url);
const compiled = new URL('../.tsbuildinfo', import.meta.url);

function changedAt(file: URL): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Node.js 22.8 and later. */
const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown };
if (process.env['NODE_COMPILE_CACHE'] === undefined)
  enableCompileCache?.(new URL('../compile-cache', import.meta.url).pathname);

const made = changedAt(bundle);
// Required, not imported: an import would look through it for names to export.
if (made > 0 && made >= changedAt(compiled)) module.createRequire(import.meta.url)(bundle.pathname);
else await import('./program.ts');
