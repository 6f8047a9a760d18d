// Runs programs for the tools: errors say what was run and how it ended.

import { spawn } from 'node:child_process';
import { root } from './paths.mjs';

/** A failure the user reads as one line, without a stack. */
export class ToolFailure extends Error {}

const shown = (command, args) =>
  [command, ...args].map((word) => (/^[\w./:=,@+-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');

/**
 * Runs a program from the checkout. Output goes to this process's output, or is returned with `capture`; `quiet` shows it only on
 * failure; `input` is what it reads. Resolves to {code, out}; a code other than 0 throws unless `mayFail`.
 */
export function run(
  command,
  args = [],
  { capture = false, quiet = false, mayFail = false, env = {}, cwd = root, timeoutMs = 0, input } = {},
) {
  return new Promise((resolve, reject) => {
    const kept = capture || quiet;
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', kept ? 'pipe' : 'inherit', kept ? 'pipe' : 'inherit'],
    });
    // A program that ends before it has read everything says so by its status.
    child.stdin?.on('error', () => undefined).end(input);
    let out = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => {
        out += text;
      });
    let late = false;
    const timer =
      timeoutMs > 0
        ? setTimeout(() => {
            late = true;
            child.kill('SIGKILL');
          }, timeoutMs)
        : undefined;
    child.on('error', (error) =>
      reject(new ToolFailure(`${command}: ${error.code === 'ENOENT' ? 'not found' : error.message}`)),
    );
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const ended = late
        ? `took longer than ${timeoutMs / 1000} s`
        : signal === null
          ? `exit status ${code}`
          : `ended by ${signal}`;
      if (code === 0 || mayFail) return resolve({ code: code ?? 128, out, ended });
      if (quiet) process.stderr.write(out);
      reject(new ToolFailure(`${shown(command, args)}: ${ended}`));
    });
  });
}

/** Whether a program can be started. */
export async function hasProgram(command, args = ['--version']) {
  try {
    return (await run(command, args, { capture: true, mayFail: true })).code === 0;
  } catch {
    return false;
  }
}

/** Whether an error is told in one line: what a tool says itself, and options that parseArgs does not take. */
const isPlain = (error) => error instanceof ToolFailure || error.code?.startsWith('ERR_PARSE_ARGS');

/** Runs the main function of a tool: what went wrong is told in one line where that says it all; the exit status is then 1. */
export async function main(name, body) {
  try {
    await body();
  } catch (error) {
    console.error(`${name}: ${isPlain(error) ? error.message : error.stack}`);
    process.exitCode = 1;
  }
}
