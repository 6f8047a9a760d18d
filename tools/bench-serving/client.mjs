// The client's process, test/bench/serving_client.py, asked line by line.

import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { inRoot } from '../lib/paths.mjs';
import { ToolFailure } from '../lib/run.mjs';

const floats = (text) => {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

export class BenchClient {
  #child;
  #waiting = [];

  constructor(python, core) {
    this.#child = spawn('taskset', ['-c', core, python, inRoot('test', 'bench', 'serving_client.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, GRPC_VERBOSITY: 'ERROR' },
    });
    readline.createInterface(this.#child.stdout).on('line', (line) => this.#waiting.shift()?.resolve(JSON.parse(line)));
    this.#child.once('exit', (code) => {
      for (const { reject } of this.#waiting) reject(new ToolFailure(`the client ended with ${code}`));
    });
    this.#child.on('error', () => undefined);
  }

  /** One operation; latencies (`ms`, `late`) come back as numbers. */
  async ask(op, order) {
    const answer = await new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ op, ...order })}\n`);
    });
    if (answer.error !== undefined) throw new ToolFailure(`client: ${answer.error}`);
    for (const key of ['ms', 'late']) if (key in answer) answer[key] = floats(answer[key]);
    return answer;
  }

  async close() {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    await gone;
  }
}
