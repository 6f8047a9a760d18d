// The commands of the documents do what the documents say: a block marked `sh run` is run as it stands against a server with the demo, and what it prints has the lines of
// the block `text output` behind it, in their order; … stands for anything.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon, ServerProcess, Workplace } from '../support/server-process.ts';
import { patienceMs } from '../support/until.ts';

interface Step {
  readonly line: number;
  readonly script: string;
  readonly wanted: readonly string[];
}

/** The blocks of a document that are run. */
function steps(text: string): readonly Step[] {
  const found: Step[] = [];
  for (const match of text.matchAll(/^```sh run\n([\s\S]*?)^```\n(?:\s*```text output\n([\s\S]*?)^```$)?/gm)) {
    const line = text.slice(0, match.index).split('\n').length;
    const wanted = (match[2] ?? '').split('\n').filter((one) => one !== '');
    found.push({ line, script: match[1] ?? '', wanted });
  }
  return found;
}

/** The first line that is wanted and not there. */
function absent(wanted: readonly string[], out: string): string | undefined {
  const lines = out.split('\n');
  let at = 0;
  return wanted.find((line) => {
    const parts = line.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    const pattern = new RegExp(`^${parts.join('.*')}$`);
    const next = lines.findIndex((one, index) => index >= at && pattern.test(one.trimEnd()));
    if (next >= 0) at = next + 1;
    return next < 0;
  });
}

const documents = readdirSync(projectPath('docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, steps: steps(readFileSync(projectPath('docs', name), 'utf8')) }))
  .filter((document) => document.steps.length > 0);

let place: Workplace;
let server: ServerProcess;

before(async () => {
  place = new Workplace();
  server = await ServerProcess.start(place, {
    args: ['--repository', projectPath('servables')],
    noRepository: true,
    environment: { MINDIRD_ADDON: nativeAddon },
  });
});
after(async () => {
  await server?.close();
  place.close();
});

async function run(script: string, work: string): Promise<string> {
  const here = script
    .replaceAll('127.0.0.1:5500', server.grpcAddress)
    .replaceAll('localhost:5501', new URL(server.httpUrl).host);
  const child = spawn('bash', ['-euo', 'pipefail', '-c', here], {
    cwd: projectPath(),
    env: { ...process.env, MINDIRD_ADDON: nativeAddon, WORK: work },
    timeout: patienceMs,
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 0, `${here}${out}`);
  return out;
}

test('documents: those that show how to begin and to tune have commands', () => {
  const names = documents.map(({ name }) => name);
  for (const name of ['GETTING_STARTED.md', 'TUNING.md']) assert.ok(names.includes(name), name);
});

for (const document of documents)
  test(`docs/${document.name}: its commands print what it says`, async () => {
    for (const { line, script, wanted } of document.steps) {
      const out = await run(script, path.join(place.folder, document.name));
      const lacking = absent(wanted, out);
      assert.equal(lacking, undefined, `docs/${document.name}:${line}: no line "${lacking}" in\n${out}`);
    }
  });
