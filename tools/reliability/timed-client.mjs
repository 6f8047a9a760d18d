// The load client for what is timed: grpc-go, a process for each run (grpc-go/main.go says why). It is made when it is first needed.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { goProgram } from '../lib/go.mjs';
import { inRoot } from '../lib/paths.mjs';
import { run, ToolFailure } from '../lib/run.mjs';
import { resultOf } from './tally.mjs';

const kSource = inRoot('tools', 'reliability', 'grpc-go');
const kProgram = inRoot('build', 'reliability', 'load');
/** Connecting and the last answers, on top of what a run is to take. */
const kRestMs = 120_000;

export class TimedClient {
  #cores;
  #made;

  constructor(cores) {
    this.#cores = cores;
  }

  /** {address, requests, rate | concurrency, seconds, deadlineMs, connections, seed}, as client.mjs has them; resolves to what tally.mjs makes of its end. */
  async run(order) {
    this.#made ??= make();
    await this.#made;
    const { code, out } = await run('taskset', ['-c', this.#cores, kProgram], {
      capture: true,
      mayFail: true,
      input: JSON.stringify(order),
      timeoutMs: order.seconds * 1000 + kRestMs,
    });
    if (code !== 0) throw new ToolFailure(`load client: ${out.trim()}`);
    return resultOf(JSON.parse(out));
  }
}

async function make() {
  const go = await goProgram();
  if (go === undefined) throw new ToolFailure('a client of grpc-go times the requests: want Go 1.24 or later on PATH');
  mkdirSync(path.dirname(kProgram), { recursive: true });
  await run(go, ['build', '-modcacherw', '-o', kProgram, '.'], { cwd: kSource, quiet: true });
}
