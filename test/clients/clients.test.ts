// The clients of docs/examples/clients in four languages against the real server: what they print, and how a refusal reaches them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon, ServerProcess, Workplace } from '../support/server-process.ts';
import { patienceMs } from '../support/until.ts';

const folder = projectPath('build', 'examples', 'clients');

interface Client {
  /** What must have been made, of what. */
  readonly made: string;
  readonly by: string;
  /** The program and its arguments in the folder of its language. */
  readonly start: (args: readonly string[]) => readonly string[];
  readonly notFound: string;
}

const clients: Readonly<Record<string, Client>> = {
  python: {
    made: 'python/inference',
    by: 'python3',
    start: (args) => [projectPath('build', 'clients-venv', 'bin', 'python'), 'classify.py', ...args],
    notFound: 'NOT_FOUND',
  },
  typescript: {
    made: 'typescript/generated',
    by: 'npm',
    start: (args) => [projectPath('node_modules', '.bin', 'node'), 'classify.ts', ...args],
    notFound: 'NOT_FOUND',
  },
  go: { made: 'go/classify', by: 'go', start: (args) => ['./classify', ...args], notFound: 'NotFound' },
  java: {
    made: 'java/target/classes',
    by: 'javac and mvn',
    start: (args) => ['mvn', '-B', '-q', 'compile', 'exec:java', `-Dexec.args=${args.join(' ')}`],
    notFound: 'NOT_FOUND',
  },
};

let place: Workplace;
let server: ServerProcess;

before(async () => {
  place = new Workplace();
  cpSync(projectPath('servables', 'digits'), path.join(place.repository, 'digits'), { recursive: true });
  server = await ServerProcess.start(place, { environment: { MINDIRD_ADDON: nativeAddon } });
});

after(async () => {
  await server?.close();
  place.close();
});

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

async function run(language: string, client: Client, ...more: readonly string[]): Promise<Ended> {
  const [program = '', ...args] = client.start([server.grpcAddress, '../digits.f32', ...more]);
  const child = spawn(program, args, { cwd: path.join(folder, language), timeout: patienceMs });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  // Maven colours even an empty line.
  return { code, text: text.replaceAll('\x1b[0m', '').trim() };
}

for (const [language, client] of Object.entries(clients)) {
  const skip = existsSync(path.join(folder, client.made))
    ? false
    : `${client.made}: not there; npm test -- clients makes it where there is ${client.by}`;
  test(`${language}: reads the digits of the demo, and is told what it asks for in vain`, { skip }, async () => {
    assert.deepEqual(await run(language, client), { code: 0, text: '7 2 5' });
    const refused = await run(language, client, 'nobody');
    assert.equal(refused.code, 1, refused.text);
    assert.equal(refused.text, `${client.notFound}: Request for unknown model: nobody: no such servable`);
  });
}
