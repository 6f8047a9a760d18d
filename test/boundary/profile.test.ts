// `mindird profile` through the real addon: every step with its time, nodes of the file and rates, on one thread and two.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profile } from '../../server/cli/profile.ts';
import { loadAddon } from '../../server/native/binding.ts';
import { projectPath } from '../../server/util/root.ts';

const addon = loadAddon();
const lenet = projectPath('test', 'networks', 'lenet5.mindir');
const given = { model: lenet, engines: ['cpu'], shapes: new Map(), seconds: 0.01 };

for (const threads of [1, 2]) {
  test(`profile: steps of LeNet-5 on ${threads} of the machine's threads`, async () => {
    const result = await profile({ ...given, threads }, addon);
    assert.equal(result.threads, threads);
    assert.ok(result.runs >= 5);
    assert.ok((result.peaks?.gflops ?? 0) > 0.1 && (result.peaks?.gbytes ?? 0) > 0.01, JSON.stringify(result.peaks));
    const convolutions = result.steps.filter((step) => step.kernel.startsWith('Conv'));
    assert.equal(convolutions.length, 2);
    for (const step of convolutions) {
      assert.match(step.nodes[0] ?? '', /Conv2D/);
      // The file's ReLU is part of the step.
      assert.match(step.nodes[1] ?? '', /ReLU/);
      assert.ok((step.rate?.gflops ?? 0) > 0);
    }
    for (const step of result.steps) {
      assert.ok(step.leastMs <= step.ms && step.ms > 0, step.kernel);
      assert.ok(step.threads !== null && step.threads >= 1 && step.threads <= threads);
      assert.ok(step.nodes.length > 0);
    }
    const shares = result.steps.reduce((sum, step) => sum + step.share, 0);
    assert.ok(shares > 0.2 && shares < 2, String(shares));
  });
}

test('profile: an engine that tells no steps is one, without rates', async () => {
  const { steps } = await profile({ ...given, engines: ['reference'], threads: 1 }, addon);
  assert.deepEqual(
    steps.map(({ engine, rate }) => [engine, rate]),
    [['reference', null]],
  );
});

test('profile: a file that is not there is refused by name', async () => {
  await assert.rejects(profile({ ...given, model: '/nowhere.mindir', threads: 1 }, addon), /\/nowhere\.mindir/);
});
