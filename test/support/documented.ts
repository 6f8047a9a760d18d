// Commands as the documents show them: run, and held against what is shown.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon } from './server-process.ts';

/** Runs the first command of a document in `folder`, servables being the project's own; what it prints, and what the document says that it prints. */
export function runDocumented(document: string, folder: string): { readonly printed: string; readonly shown: string } {
  const text = readFileSync(projectPath('docs', document), 'utf8');
  const [command = '', shown = ''] = [/```sh\n(.*)\n```/, /```\n(digits[\s\S]*?)```/].map(
    (found) => found.exec(text)?.[1],
  );
  const [name, ...rest] = command.split(' ');
  assert.equal(name, 'mindird');
  const words = rest.map((word) => (word.startsWith('servables/') ? projectPath(word) : word));
  const ran = spawnSync(projectPath('bin', 'mindird'), words, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, MINDIRD_ADDON: nativeAddon },
  });
  assert.equal(ran.status, 0, ran.stderr);
  return { printed: ran.stdout, shown };
}
