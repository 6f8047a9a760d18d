// Loading grows with the model, not with its square: four times the nodes take at most six times the processor time. The clock is no measure on a busy machine.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';

interface Row {
  readonly kind: string;
  readonly nodes: number;
  readonly cpu_seconds: number;
}

const kSizes = [1250, 5000] as const;
const kSeconds = 10;
const kGrowth = 6;

/** The least processor time of some runs, by kind and size: what else runs can only add to it. */
function leastTimes(): ReadonlyMap<string, number> {
  const least = new Map<string, number>();
  for (let run = 0; run < 3; ++run) {
    const program = projectPath('tools', 'bench-load.mjs');
    const out = execFileSync(process.execPath, [program, '--json', '--sizes', kSizes.join(',')], { encoding: 'utf8' });
    for (const { kind, nodes, cpu_seconds } of JSON.parse(out) as readonly Row[]) {
      const key = `${kind} ${nodes}`;
      least.set(key, Math.min(cpu_seconds, least.get(key) ?? Number.POSITIVE_INFINITY));
    }
  }
  return least;
}

test('load: processor time grows with the nodes, in chains and where paths multiply', () => {
  const times = leastTimes();
  const [small, large] = kSizes;
  for (const kind of ['deep', 'conv', 'grid']) {
    const few = times.get(`${kind} ${small}`) ?? Number.NaN;
    const many = times.get(`${kind} ${large}`) ?? Number.NaN;
    assert.ok(many <= kSeconds, `${kind}: ${large} nodes take ${many} s`);
    // A hundredth of a second is what the system's accounting may be off by.
    assert.ok(many <= kGrowth * (few + 0.01), `${kind}: ${large} nodes take ${many} s, ${small} take ${few} s`);
  }
});
