// The process that puts load on a server. It is told what to do by messages and answers with one when a run ends:
//
//   {run: {address, requests, rate | concurrency, seconds, deadlineMs, connections, seed}}   …   {stop: true}   ─►   {ended: result}
//
// rate: open loop, Poisson arrivals, timed from the intended start. concurrency: closed loop. Without seconds a run lasts until it is stopped,
// or until the server takes no more calls; that is no failure of the run.

import { Random } from '../../dist/server/cli/load/random.js';
import { call, connect, isOpen } from './connection.mjs';
import { Tally } from './tally.mjs';

const kGraceMs = 500;
const kSweepMs = 20;
const kProgressMs = 1000;
const kAtOnce = 8;
// Without a deadline nothing else bounds what waits: Node.js ends a connection whose streams hold more than 10 MB. Calls held back for it are sent
// late, and timed from their intended start all the same.
const kMostPending = 2000;
// A timer is late by up to about a millisecond; the rest of the gap is spent on turns of the event loop.
const kTimerSlackMs = 1.5;

class Run {
  #tally = new Tally();
  #random;
  #sessions = [];
  #pending = new Set();
  #stopped = false;
  #next = 0;
  #idle;
  #order;

  constructor(order) {
    this.#order = { connections: 4, seed: 7, ...order };
    this.#random = new Random(this.#order.seed);
    this.#order.requests = order.requests.map(({ body, expected }) => ({
      body: Buffer.from(body, 'base64'),
      expected: expected?.map((bytes) => Buffer.from(bytes, 'base64')),
    }));
  }

  stop() {
    this.#stopped = true;
  }

  async result() {
    const { address, connections, rate, deadlineMs } = this.#order;
    this.#sessions = await Promise.all(Array.from({ length: connections }, () => connect(address)));
    process.send({ started: true });
    const begin = performance.now();
    const sweep = setInterval(() => this.#giveUp(performance.now()), kSweepMs);
    const progress = setInterval(() => process.send({ progress: this.#tally.counts }), kProgressMs);
    try {
      await (rate === undefined ? this.#closedLoop(begin) : this.#openLoop(begin));
      const seconds = (performance.now() - begin) / 1000;
      await this.#quiet();
      return { ...this.#tally.result(seconds), deadline_ms: deadlineMs };
    } finally {
      clearInterval(sweep);
      clearInterval(progress);
      for (const session of this.#sessions) session.destroy();
    }
  }

  /** Sends one request; false when no connection takes it. `intended` in milliseconds of performance.now(). */
  #send(intended, done = () => undefined) {
    const { deadlineMs, requests } = this.#order;
    const open = this.#sessions.filter(isOpen);
    if (open.length === 0) return false;
    const entry = { until: deadlineMs === undefined ? Number.POSITIVE_INFINITY : intended + deadlineMs + kGraceMs };
    const now = performance.now();
    const left = deadlineMs === undefined ? undefined : Math.max(0.1, intended + deadlineMs - now);
    const request = requests[this.#next % requests.length];
    try {
      entry.giveUp = call(open[this.#next % open.length], request, left, (how) => {
        this.#pending.delete(entry);
        this.#tally.ended(how, performance.now() - intended, deadlineMs ?? Number.POSITIVE_INFINITY);
        if (this.#pending.size === 0) this.#idle?.();
        done();
      });
    } catch {
      return false;
    }
    this.#next += 1;
    this.#tally.sent(now - intended);
    this.#pending.add(entry);
    return true;
  }

  #giveUp(now) {
    for (const entry of this.#pending) if (entry.until < now) entry.giveUp();
  }

  #over(begin) {
    const { seconds } = this.#order;
    return this.#stopped || (seconds !== undefined && performance.now() - begin >= seconds * 1000);
  }

  async #openLoop(begin) {
    const gap = 1000 / this.#order.rate;
    let intended = begin + this.#random.exponential() * gap;
    for (let missed = 0; !this.#over(begin); ) {
      // A generator that is behind must still let sockets be read and written.
      for (let sent = 0; sent < kAtOnce && intended <= performance.now() && this.#pending.size < kMostPending; sent++) {
        if (!this.#send(intended)) missed += 1;
        intended += this.#random.exponential() * gap;
      }
      if (missed > 0) return;
      const wait = intended - performance.now();
      await new Promise((resolve) =>
        wait > kTimerSlackMs ? setTimeout(resolve, Math.min(wait - kTimerSlackMs, 50)) : setImmediate(resolve),
      );
    }
  }

  async #closedLoop(begin) {
    const worker = async () => {
      while (!this.#over(begin))
        if (!(await new Promise((done) => this.#send(performance.now(), () => done(true)) || done(false)))) return;
    };
    await Promise.all(Array.from({ length: this.#order.concurrency }, worker));
  }

  async #quiet() {
    if (this.#pending.size > 0)
      await new Promise((resolve) => {
        this.#idle = resolve;
      });
  }
}

let current;
process.on('message', async (told) => {
  if (told.stop) return current?.stop();
  try {
    current = new Run(told.run);
    process.send({ ended: await current.result() });
  } catch (error) {
    process.send({ broken: error.message });
  }
});
process.on('disconnect', () => process.exit());
