import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { hasSha256 } from '../lib/maven.mjs';
import { modulesMatchLock } from '../lib/prepare.mjs';
import { duration } from '../lib/steps.mjs';
import { failedOnceMore } from './again.mjs';
import { readFuzz } from './fuzz.mjs';
import { readGtest, runGtests } from './gtest.mjs';
import { runNodeTests, typescriptTests } from './node.mjs';
import { inParallel, outcome, sum } from './outcome.mjs';
import { readUnittest } from './python.mjs';
import { sections } from './sections.mjs';
import { select } from './select.mjs';

const withFolder = (body) => async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mindird-tools-'));
  try {
    await body((name, text) => {
      writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
};

test('gtest: counts are read, failures are named once', () => {
  assert.deepEqual(
    readGtest('t', {
      code: 0,
      out: '[==========] 2 tests from 1 test suite ran. (0 ms total)\n[  PASSED  ] 2 tests.\n',
      ended: '',
    }),
    outcome(2),
  );
  const out = `[  FAILED  ] Suite.one (3 ms)
[  FAILED  ] P/Suite.two/3, where GetParam() = (1, 2) (0 ms)
[==========] 4 tests from 1 test suite ran. (3 ms total)
[  PASSED  ] 2 tests.
[  FAILED  ] 2 tests, listed below:
[  FAILED  ] Suite.one
[  FAILED  ] P/Suite.two/3, where GetParam() = (1, 2)
`;
  assert.deepEqual(
    readGtest('t', { code: 1, out, ended: 'exit status 1' }),
    outcome(2, ['t: Suite.one', 't: P/Suite.two/3']),
  );
});

test('gtest: a crash and a run without tests are failures', () => {
  assert.deepEqual(readGtest('t', { code: 139, out: '', ended: 'ended by SIGSEGV' }).failures, ['t: ended by SIGSEGV']);
  const leak = '[  PASSED  ] 2 tests.\nERROR: LeakSanitizer: detected memory leaks\n';
  assert.deepEqual(readGtest('t', { code: 1, out: leak, ended: 'exit status 1' }), outcome(2, ['t: exit status 1']));
  assert.deepEqual(readGtest('t', { code: 0, out: '[  PASSED  ] 0 tests.\n', ended: '' }).failures, ['t: ran no test']);
});

test(
  'fuzz: a failure has its reason, and its input as text',
  withFolder((file) => {
    const input = file('oom', 'ab');
    const out = `==7== ERROR: libFuzzer: out-of-memory (malloc(104857600))
artifact_prefix='/x/'; Test unit written to ${input}
SUMMARY: libFuzzer: out-of-memory
`;
    assert.deepEqual(readFuzz('t', { code: 71, out, ended: 'exit status 71' }).failures, [
      't: out-of-memory (malloc(104857600)); base64 of its input: YWI=',
    ]);
    const undefinedBehaviour =
      'a.cc:7:3: runtime error: …\nSUMMARY: UndefinedBehaviorSanitizer: undefined-behavior a.cc:7:3\n';
    assert.deepEqual(readFuzz('t', { code: 1, out: undefinedBehaviour, ended: 'exit status 1' }).failures, [
      't: SUMMARY: UndefinedBehaviorSanitizer: undefined-behavior a.cc:7:3',
    ]);
    assert.deepEqual(readFuzz('t', { code: 1, out: '', ended: 'ended by SIGKILL' }).failures, ['t: ended by SIGKILL']);
    assert.deepEqual(readFuzz('t', { code: 0, out: '', ended: '' }).failures, ['t: tried no input']);
    const finished = 'stat::number_of_executed_units: 12\n';
    assert.deepEqual(readFuzz('t', { code: 0, out: finished, ended: '' }), outcome(1));
  }),
);

test(
  'gtest: what was built for another processor is started by its emulator',
  withFolder(async (put) => {
    const file = put('other_test', 'echo "[  PASSED  ] 3 tests."');
    assert.deepEqual(await runGtests([{ name: 'other', file, emulator: ['sh', '-e'] }]), outcome(3));
  }),
);

test('unittest: passed, failed, skipped and empty runs', () => {
  assert.deepEqual(readUnittest('b', { code: 0, out: 'Ran 5 tests in 0.1s\n\nOK\n', ended: '' }), outcome(5));
  const failed =
    'FAIL: test_x (m.Case.test_x)\nERROR: test_y (m.Case.test_y)\nRan 5 tests in 1.2s\n\nFAILED (failures=1, errors=1)\n';
  assert.deepEqual(
    readUnittest('b', { code: 1, out: failed, ended: '' }),
    outcome(3, ['b: test_x (m.Case.test_x)', 'b: test_y (m.Case.test_y)']),
  );
  assert.deepEqual(
    readUnittest('b', { code: 0, out: 'Ran 5 tests in 1.2s\n\nOK (skipped=2)\n', ended: '' }),
    outcome(3, ['b: 2 tests were skipped']),
  );
  assert.deepEqual(readUnittest('b', { code: 5, out: 'Ran 0 tests in 0.0s\n', ended: 'exit status 5' }).failures, [
    'b: ran no test',
  ]);
});

test(
  'node tests: passed, failed, skipped, empty, hanging and missing files are told apart',
  withFolder(async (put) => {
    const good = put(
      'good.test.mjs',
      "import { describe, test } from 'node:test';\ntest('a', () => {});\ndescribe('group', () => { test('b', () => {}); });\n",
    );
    const bad = put(
      'bad.test.mjs',
      "import { test } from 'node:test';\ntest('c', () => { throw new Error('no'); });\ntest('d', () => {});\n",
    );
    const skipping = put(
      'skipping.test.mjs',
      "import { test } from 'node:test';\ntest('e', { skip: true }, () => {});\n",
    );
    const empty = put('empty.test.mjs', '');
    const hanging = put(
      'hanging.test.mjs',
      "import { test } from 'node:test';\ntest('f', () => new Promise((done) => setTimeout(done, 4_000)));\n",
    );
    assert.deepEqual(await runNodeTests([good]), outcome(2));
    const result = await runNodeTests([good, bad]);
    assert.equal(result.passed, 3);
    assert.equal(result.failures.length, 1);
    assert.match(result.failures[0], /bad\.test\.mjs: c$/);
    assert.match((await runNodeTests([skipping])).failures.join(), /e: was skipped/);
    assert.match((await runNodeTests([empty])).failures.join(), /ran no test|empty\.test\.mjs/);
    assert.equal((await runNodeTests([hanging], { timeoutMs: 1000 })).failures.length, 1);
    assert.match((await runNodeTests([`${good}.gone`])).failures.join(), /not built/);
    assert.deepEqual((await runNodeTests([])).failures, ['no test file found']);
  }),
);

test(
  'lock file: other versions and missing packages call for an installation, other platforms do not',
  withFolder((put) => {
    const lock = put(
      'lock.json',
      JSON.stringify({
        packages: {
          '': { version: '1' },
          'node_modules/a': { version: '1.0.0' },
          'node_modules/mac': { version: '2.0.0', optional: true },
        },
      }),
    );
    const installed = (packages) => put('installed.json', JSON.stringify({ packages }));
    assert.equal(modulesMatchLock(lock, installed({ 'node_modules/a': { version: '1.0.0' } })), true);
    assert.equal(modulesMatchLock(lock, installed({ 'node_modules/a': { version: '1.0.1' } })), false);
    assert.equal(modulesMatchLock(lock, installed({})), false);
    assert.equal(modulesMatchLock(lock, `${lock}.gone`), false);
  }),
);

test('select: by section, by file, by several patterns, or nothing', () => {
  const choices = () => ['server/config/load.test.js', 'server/cli/bench.test.js'];
  const all = [{ name: 'static' }, { name: 'server', choices }, { name: 'native', choices: () => ['plan_test'] }];
  const names = (...patterns) =>
    select(all, patterns).map(({ name, fits }) => [
      name,
      (name === 'native' ? ['plan_test'] : choices()).filter(fits).length,
    ]);
  assert.deepEqual(names(), [
    ['static', 2],
    ['server', 2],
    ['native', 1],
  ]);
  assert.deepEqual(names('load'), [['server', 1]]);
  assert.deepEqual(names('server'), [['server', 2]]);
  assert.deepEqual(
    names('static', 'load').map(([name]) => name),
    ['static', 'server'],
  );
  assert.deepEqual(names('plan', 'bench'), [
    ['server', 1],
    ['native', 1],
  ]);
  assert.deepEqual(names('nothing'), []);
});

test('select: a section that wants its name runs for nothing else', () => {
  const all = [{ name: 'server' }, { name: 'docker', named: true, choices: () => ['test/deploy/docker.test.js'] }];
  const names = (...patterns) => select(all, patterns).map(({ name }) => name);
  assert.deepEqual(names(), ['server']);
  assert.deepEqual(names('docker'), ['docker']);
  assert.deepEqual(names('deploy'), []);
});

test('sections: names are distinct and every filter finds what it chooses from', () => {
  assert.equal(new Set(sections.map(({ name }) => name)).size, sections.length);
  for (const { name, choices } of sections)
    assert.ok(choices === undefined || choices().length > 0, `${name} has nothing to choose from`);
});

test('sections: every test file of the project is in one, and in no other', () => {
  const chosen = sections.flatMap(({ choices }) => choices?.() ?? []);
  for (const file of [...typescriptTests('server'), ...typescriptTests('test')]) {
    assert.equal(
      chosen.filter((one) => one === file).length,
      1,
      `${file} is in ${chosen.filter((one) => one === file).length} sections`,
    );
  }
});

test('outcomes: add up, and parallel work keeps its order', async () => {
  assert.deepEqual(sum([outcome(1), outcome(2, ['x'], 1)]), outcome(3, ['x'], 1));
  assert.deepEqual(
    await inParallel([30, 10, 20], 2, (ms) => new Promise((done) => setTimeout(done, ms, ms))),
    [30, 10, 20],
  );
});

test('again: a stray failure is told and forgiven once it passes alone, others are not', async () => {
  const good = outcome(3);
  const bad = outcome(2, ['t: x']);
  const again = (results, second) =>
    failedOnceMore(
      results.map((_, i) => i),
      results,
      async (i) => second[i],
    ).then(sum);
  assert.deepEqual(await again([good, bad], [undefined, good]), outcome(6, [], 0, ['t: x']));
  assert.deepEqual(await again([good, bad], [undefined, bad]), outcome(5, ['t: x']));
  assert.deepEqual(await again([good, { ...bad, final: true }], []), outcome(5, ['t: x']));
  assert.deepEqual(await again([bad, bad, bad], []), outcome(6, ['t: x', 't: x', 't: x']));
});

test(
  'gtest: an assertion runs again, a crash and a report of a sanitizer do not',
  withFolder(async (put) => {
    const executable = (name, text) => {
      const file = put(name, `#!/bin/sh\n${text}\n`);
      chmodSync(file, 0o755);
      return { name, file };
    };
    const fail = "echo '[  PASSED  ] 2 tests.'; echo '[  FAILED  ] Suite.one'";
    const once = (end) =>
      `touch "$0.ran"; [ "$(cat "$0.ran")" = yes ] && echo '[  PASSED  ] 3 tests.' && exit 0; echo yes >"$0.ran"; ${fail}; ${end}`;
    assert.deepEqual(await runGtests([executable('stray', once('exit 1'))]), outcome(3, [], 0, ['stray: Suite.one']));
    assert.deepEqual(await runGtests([executable('steady', `${fail}; exit 1`)]), outcome(2, ['steady: Suite.one']));
    assert.deepEqual(await runGtests([executable('crash', once('kill -9 $$'))]), outcome(2, ['crash: Suite.one']));
    const report = "echo 'ERROR: LeakSanitizer: detected memory leaks' >&2; exit 1";
    assert.deepEqual(await runGtests([executable('leak', once(report))]), outcome(2, ['leak: Suite.one']));
  }),
);

test(
  'node tests: a stray failure is run again',
  withFolder(async (put) => {
    const text =
      "import { existsSync, writeFileSync } from 'node:fs';\nimport { test } from 'node:test';\nconst ran = `${import.meta.filename}.ran`;\n" +
      "test('a', () => {});\ntest('b', () => { if (existsSync(ran)) return; writeFileSync(ran, ''); throw new Error('no'); });\n";
    const result = await runNodeTests([put('stray.test.mjs', text)]);
    assert.equal(result.passed, 2);
    assert.deepEqual(result.failures, []);
    const crash = text.replace("'no'", "'ended by SIGSEGV'");
    assert.equal((await runNodeTests([put('crash.test.mjs', crash)])).failures.length, 1);
    assert.match(result.unstable.join(), /stray\.test\.mjs: b$/);
  }),
);

test(
  'checksum: only the very bytes are taken',
  withFolder(async (put) => {
    const file = put('jar', 'abc');
    const sum = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    assert.equal(await hasSha256(file, sum), true);
    assert.equal(await hasSha256(file, sum.replace('b', 'c')), false);
    assert.equal(await hasSha256(`${file}.gone`, sum), false);
  }),
);

test('duration: short and long', () => {
  assert.equal(duration(1250), '1.3 s');
  assert.equal(duration(125_000), '2 min 5 s');
});
