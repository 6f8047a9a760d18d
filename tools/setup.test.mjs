// tools/setup.sh against stand-ins for dpkg-query, apt-get, id and sudo that write down how they were called.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { inRoot } from './lib/paths.mjs';

const kTools = ['bash', 'env', 'mktemp', 'rm', 'tail', 'cat', 'python3'];

let folder;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mindird-setup-'));
  for (const tool of kTools) {
    const found = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(found, path.join(folder, tool));
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name, script) {
  writeFileSync(path.join(folder, name), `#!${path.join(folder, 'bash')}\n${script}\n`);
  chmodSync(path.join(folder, name), 0o755);
}

/** A machine that lacks some packages; `lists` says whether apt can install before an update. */
function machine({ missing = [], root = true, lists = true, registry = true }) {
  put('dpkg-query', `case " ${missing.join(' ')} " in *" \${@: -1} "*) exit 1;; *) echo "ii ";; esac`);
  put('id', `echo ${root ? 0 : 1000}`);
  const log = path.join(folder, 'calls');
  const updated = path.join(folder, 'updated');
  put(
    'apt-get',
    `echo "$@" >> ${log}
if [ "$1" = update ]; then ${registry ? `echo > ${updated}` : 'exit 100'}; exit; fi
${lists ? '' : `[ -e ${updated} ] || { echo "E: no such package"; exit 100; }`}`,
  );
}

function setup(...args) {
  const { status, stdout, stderr } = spawnSync(inRoot('tools', 'setup.sh'), args, {
    env: { PATH: folder, HOME: folder },
    encoding: 'utf8',
  });
  const log = path.join(folder, 'calls');
  return { status, text: stdout + stderr, calls: existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [] };
}

test('setup: when everything is there it does and says nothing', () => {
  machine({});
  assert.deepEqual(setup('--tests'), { status: 0, text: '', calls: [] });
});

test('setup: installs exactly what is missing', () => {
  machine({ missing: ['cmake', 'libgtest-dev'] });
  const build = setup();
  assert.equal(build.status, 0, build.text);
  assert.match(build.calls.join(), /^install .* cmake$/);
  assert.match(setup('--tests').calls.at(-1), / cmake libgtest-dev$/);
});

test('setup: old package lists are renewed once', () => {
  machine({ missing: ['cmake'], lists: false });
  const { status, calls } = setup();
  assert.equal(status, 0);
  assert.deepEqual(
    calls.map((call) => call.split(' ')[0]),
    ['install', 'update', 'install'],
  );
});

test('setup: a registry that cannot be reached fails with the packages', () => {
  machine({ missing: ['cmake'], lists: false, registry: false });
  const { status, text } = setup();
  assert.equal(status, 1);
  assert.match(text, /could not install cmake/);
});

test('setup: without root it says what to run, and installs nothing', () => {
  machine({ missing: ['cmake', 'ccache'], root: false });
  const { status, text, calls } = setup();
  assert.equal(status, 1);
  assert.match(text, /sudo apt-get update && sudo apt-get install -y --no-install-recommends cmake ccache$/m);
  assert.deepEqual(calls, []);
});

test('setup: with sudo it uses it', () => {
  machine({ missing: ['cmake'], root: false });
  put('sudo', '[ "$1" = -n ] && exit 0\nexec "$@"');
  const { status, calls } = setup();
  assert.equal(status, 0);
  assert.equal(calls.length, 1);
});

test('setup: elsewhere than on Debian it names the packages', () => {
  const { status, text } = setup();
  assert.equal(status, 1);
  assert.match(text, /no apt-get here.*ninja-build/);
});
