// The thread that takes calls has short turns on a processor, those that compute have the usual ones (native/base/give_way.h).

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { test } from 'node:test';
import { projectPath } from '../../server/util/root.ts';
import { digitsOptions } from './addon-session.ts';

/** What the kernel tells of a thread's turns, where it was built to. */
const told = '/proc/self/sched';
/** Turns are a thread's own since Linux 6.12. */
const [major = 0, minor = 0] = release().split('.').map(Number);
const since = major > 6 || (major === 6 && minor >= 12);

test('turns: short for the event loop, the usual ones for what computes', (context) => {
  if (!since || !existsSync(told))
    return context.diagnostic(`Linux ${release()} ${since ? `has no ${told}` : 'is older than 6.12'}: not tested`);
  const script = `
    const { readFileSync, readdirSync } = require('node:fs');
    const addon = require(${JSON.stringify(process.env['MINDIRD_ADDON'] ?? projectPath('build', 'release', 'mindird.node'))});
    const slice = (thread) => Number(/^se\\.slice *: *(\\d+)/m.exec(readFileSync('/proc/self/task/' + thread + '/sched', 'utf8'))?.[1]);
    const usual = slice(process.pid);
    const before = new Set(readdirSync('/proc/self/task'));
    addon.configure({ threads: 1, goesFirst: true });
    addon.setCompletionHandler(() => undefined);
    addon.load(${JSON.stringify(digitsOptions())}).then(() => {
      const own = readdirSync('/proc/self/task').filter((thread) => !before.has(thread)).map(slice);
      console.log(JSON.stringify({ usual, first: slice(process.pid), own }));
      process.exit(0);
    });`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  const { usual, first, own } = JSON.parse(stdout || JSON.stringify(stderr)) as {
    readonly usual: number;
    readonly first: number;
    readonly own: readonly number[];
  };
  assert.equal(first, 100_000);
  // Those that build and compute; the one that watches deadlines belongs to the event loop.
  assert.ok(own.filter((turn) => turn === usual).length >= 2, `${own}`);
  assert.ok(own.filter((turn) => turn !== usual).length <= 1, `${own}`);
});

test('niceness: what loads gives way to what computes once it is told to, and starts threads that are no nicer for it', () => {
  const script = `
    const { readFileSync, readdirSync } = require('node:fs');
    const addon = require(${JSON.stringify(process.env['MINDIRD_ADDON'] ?? projectPath('build', 'release', 'mindird.node'))});
    const stat = (thread) => readFileSync('/proc/self/task/' + thread + '/stat', 'utf8');
    const found = (wanted) => readdirSync('/proc/self/task').map(stat)
      .filter((line) => line.includes('(' + wanted + ')')).map((line) => Number(line.slice(line.lastIndexOf(')')).split(' ')[17]));
    const look = () => ({ builder: found('builder'), instance: found('instance') });
    addon.configure({ threads: 1, goesFirst: true });
    addon.setCompletionHandler(() => undefined);
    addon.load(${JSON.stringify(digitsOptions())}).then(async () => {
      const before = look();
      addon.loadsGiveWay();
      await addon.load(${JSON.stringify(digitsOptions())});
      console.log(JSON.stringify({ own: require('node:os').getPriority(), before, after: look() }));
      process.exit(0);
    });`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  const { own, before, after } = JSON.parse(stdout || JSON.stringify(stderr)) as {
    readonly own: number;
    readonly before: Record<string, readonly number[]>;
    readonly after: Record<string, readonly number[]>;
  };
  const nicer = (by: number): number => Math.min(own + by, 19);
  assert.deepEqual(before, { builder: [nicer(5), nicer(5)], instance: [nicer(5)] });
  assert.deepEqual(after, { builder: [nicer(15), nicer(15)], instance: [nicer(5), nicer(5)] });
});
