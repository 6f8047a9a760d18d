import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Heap } from './heap.ts';
import { isLegal } from './lifecycle.ts';
import type { VersionState } from './served.ts';
import type { Candidate, LoadRank, Snapshot } from './version-policy.ts';
import { compareLoads, nextAction, wantedVersions } from './version-policy.ts';

let ids = 1;
function copy(version: number, state: VersionState, more: Partial<Snapshot> = {}): Snapshot {
  return {
    id: ids++,
    name: 'm',
    version,
    fingerprint: `f${version}`,
    state,
    wanted: true,
    present: true,
    leases: 0,
    bytes: 1,
    ...more,
  };
}
const disk = (...versions: readonly number[]): Candidate[] =>
  versions.map((version) => ({ version, fingerprint: `f${version}` }));
const numbers = (wanted: readonly Candidate[]): number[] => wanted.map(({ version }) => version);

test('wanted: the highest versions', () => {
  assert.deepEqual(numbers(wantedVersions({ latest: 2 }, disk(1, 10, 2), [])), [10, 2]);
  assert.deepEqual(numbers(wantedVersions({ latest: 5 }, disk(1), [])), [1]);
});

test('wanted: exactly the versions named, where they exist', () => {
  assert.deepEqual(numbers(wantedVersions({ specific: [1, 3, 9] }, disk(1, 2, 3), [])), [3, 1]);
});

test('wanted: a failed version does not count', () => {
  assert.deepEqual(numbers(wantedVersions({ latest: 1 }, disk(1, 2), [copy(2, 'failed')])), [1]);
});

test('wanted: a changed version whose new files failed keeps its former copy', () => {
  const former = copy(2, 'ready', { fingerprint: 'former' });
  assert.deepEqual(wantedVersions({ latest: 1 }, disk(1, 2), [former, copy(2, 'failed')]), [
    { version: 2, fingerprint: 'former' },
  ]);
});

test('loads: small models first, then by name, high versions first', () => {
  const load = (name: string, version: number, bytes: number): LoadRank => ({ name, found: { version, bytes } });
  const sorted = [load('z', 1, 5), load('a', 2, 100), load('a', 1, 100), load('b', 7, 100)];
  fc.assert(
    fc.property(fc.shuffledSubarray(sorted, { minLength: sorted.length }), (loads) => {
      const heap = new Heap<LoadRank>(compareLoads);
      for (const one of loads) heap.add(one);
      assert.equal(heap.size, sorted.length);
      assert.deepEqual(
        sorted.map(() => heap.take()),
        sorted,
      );
      assert.equal(heap.take(), undefined);
    }),
  );
});

test('loads: a heap gives back what it was given, in order, whatever comes between', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined })), (steps) => {
      const heap = new Heap<number>((a, b) => a - b);
      const model: number[] = [];
      for (const step of steps) {
        if (step === undefined) assert.equal(heap.take(), model.sort((a, b) => a - b).shift());
        else {
          heap.add(step);
          model.push(step);
        }
        assert.equal(heap.size, model.length);
      }
    }),
  );
});

test('action: a served version is drained only when its successor is settled', () => {
  const old = copy(1, 'ready', { wanted: false });
  assert.equal(nextAction([old, copy(2, 'loading')]), undefined);
  assert.deepEqual(nextAction([old, copy(2, 'ready')]), { kind: 'drain', id: old.id });
});

test('action: a draining version is unloaded when its leases are back', () => {
  const draining = copy(1, 'draining', { wanted: false, leases: 1 });
  assert.equal(nextAction([draining]), undefined);
  assert.deepEqual(nextAction([{ ...draining, leases: 0 }]), { kind: 'unload', id: draining.id });
});

test('action: a failure is kept while its files stay, forgotten when they change', () => {
  const failed = copy(1, 'failed', { wanted: false });
  assert.equal(nextAction([failed]), undefined);
  assert.deepEqual(nextAction([{ ...failed, present: false }]), { kind: 'forget', id: failed.id });
});

// A world: what is on disk changes at random, loads fail at random, and actions are performed until none is left.
interface Step {
  readonly versions: readonly Candidate[];
  readonly latest: number;
}
const candidate = fc.record({
  version: fc.integer({ min: 1, max: 4 }),
  fingerprint: fc.constantFrom('a', 'b', 'broken'),
});
const step: fc.Arbitrary<Step> = fc.record({
  versions: fc.uniqueArray(candidate, { selector: (found) => found.version, maxLength: 4 }),
  latest: fc.integer({ min: 1, max: 3 }),
});

/** What the manager does next with one servable: loads come last. */
function nextStep(copies: readonly Snapshot[]): { readonly kind: string; readonly id: number } | undefined {
  const load = copies.find(({ state, wanted }) => state === 'new' && wanted);
  return nextAction(copies) ?? (load === undefined ? undefined : { kind: 'load', id: load.id });
}

class World {
  copies: Snapshot[] = [];
  #id = 1;

  perform(action: { readonly kind: string; readonly id: number }): void {
    const target = this.copies.find(({ id }) => id === action.id);
    assert.ok(target);
    const to: Readonly<Record<string, VersionState>> = {
      load: 'loading',
      drain: 'draining',
      unload: 'unloading',
      forget: 'gone',
    };
    this.#move(target, to[action.kind] ?? 'gone');
    if (action.kind === 'load') this.#move(this.#get(target.id), target.fingerprint === 'broken' ? 'failed' : 'ready');
    if (action.kind === 'unload') this.#move(this.#get(target.id), 'gone');
    if (action.kind === 'forget') this.copies = this.copies.filter(({ id }) => id !== target.id);
  }

  see({ versions, latest }: Step): void {
    const wanted = wantedVersions({ latest }, versions, this.copies);
    const same = (a: Candidate, b: Candidate): boolean => a.version === b.version && a.fingerprint === b.fingerprint;
    this.copies = this.copies.map((own) => ({
      ...own,
      wanted: wanted.some((want) => same(own, want)),
      present: versions.some((found) => same(own, found)),
    }));
    for (const want of wanted) {
      if (!this.copies.some((own) => same(own, want)))
        this.copies.push(copy(want.version, 'new', { ...want, id: this.#id++ }));
    }
  }

  #get(id: number): Snapshot {
    const found = this.copies.find((own) => own.id === id);
    assert.ok(found);
    return found;
  }

  #move(target: Snapshot, state: VersionState): void {
    if (target.state !== state) assert.ok(isLegal(target.state, state), `${target.state} to ${state}`);
    this.copies = this.copies.map((own) => (own.id === target.id ? { ...own, state } : own));
  }
}

test('policy: it always ends, and what serves then is what the disk and the failures allow', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
      const world = new World();
      for (const current of steps) {
        let turns = 0;
        for (;;) {
          world.see(current);
          const action = nextStep(world.copies);
          if (action === undefined) break;
          world.perform(action);
          assert.ok(++turns < 100, 'does not end');
        }
        const ready = world.copies
          .filter(({ state }) => state === 'ready')
          .map(({ version }) => version)
          .sort();
        assert.equal(new Set(ready).size, ready.length, 'one copy of each version');
        const sound = current.versions
          .filter(({ fingerprint }) => fingerprint !== 'broken')
          .map(({ version }) => version)
          .sort();
        const highest = sound.slice(-current.latest);
        for (const version of ready)
          assert.ok(
            current.versions.some((found) => found.version === version),
            'served but not on disk',
          );
        assert.equal(
          ready.length >= Math.min(highest.length, current.latest),
          true,
          'fewer versions than there are sound ones',
        );
        assert.ok(ready.length <= current.latest);
      }
    }),
    { numRuns: 2000 },
  );
});

test('policy: while one sound version is on disk throughout, something always serves', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
      const world = new World();
      const anchor: Candidate = { version: 9, fingerprint: 'a' };
      let served = false;
      for (const { versions, latest } of steps) {
        for (let turn = 0; turn < 100; turn++) {
          world.see({ versions: [...versions, anchor], latest });
          const action = nextStep(world.copies);
          if (action === undefined) break;
          world.perform(action);
          const now = world.copies.some(({ state }) => state === 'ready');
          assert.ok(!served || now, 'stopped serving');
          served ||= now;
        }
        assert.ok(served);
      }
    }),
    { numRuns: 1000 },
  );
});
