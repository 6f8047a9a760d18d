// M/D/c against what is known of it: Pollaczek and Khinchine's mean, an empty system's probability, and a simulation.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sojournQuantile, stationary, waitingTime } from './queue-model.mjs';

/** Mean of a distribution on x >= 0 from its distribution function. */
function mean(within, step, until) {
  let sum = 0;
  for (let x = step / 2; x < until; x += step) sum += (1 - within(x)) * step;
  return sum;
}

test('one server: the mean wait is load · D / (2 (1 - load))', () => {
  for (const load of [0.3, 0.7, 0.9]) {
    const wait = mean(waitingTime(load, 1, 1), 0.002, 120);
    assert.ok(Math.abs(wait / (load / (2 * (1 - load))) - 1) < 0.01, `load ${load}: ${wait}`);
  }
});

test('one server: it is empty with the probability 1 - load, and then nobody waits', () => {
  assert.ok(Math.abs(stationary(0.7, 1)[0] - 0.3) < 1e-9);
  assert.ok(Math.abs(waitingTime(0.7, 1, 1)(0) - 0.3) < 1e-9);
});

/** Sojourn times of an M/D/c queue, by adding up. */
function simulated(rate, service, servers, count) {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  const free = new Array(servers).fill(0);
  const times = [];
  for (let i = 0, now = 0; i < count; i++) {
    now += -Math.log(1 - uniform()) / rate;
    const first = free.indexOf(Math.min(...free));
    free[first] = Math.max(now, free[first]) + service;
    times.push(free[first] - now);
  }
  return times.sort((a, b) => a - b);
}

test('the 99th percentile agrees with a simulation, one to three servers', () => {
  for (const servers of [1, 2, 3]) {
    const rate = (0.7 * servers) / 2;
    const times = simulated(rate, 2, servers, 400_000);
    const [found, wanted] = [sojournQuantile(0.99, rate, 2, servers), times[Math.ceil(0.99 * times.length) - 1]];
    assert.ok(Math.abs(found / wanted - 1) < 0.04, `${servers} servers: ${found}, simulated ${wanted}`);
  }
});

test('a queue that is not stable has no percentile', () => {
  assert.throws(() => sojournQuantile(0.99, 1, 1), /load 1/);
});

test('hardly any load: a request takes its service time', () => {
  assert.equal(sojournQuantile(0.99, 0.001, 1), 1);
});
