// What the machine is and what it is doing: processor, versions, time of a session's processes, time taken by others.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { inRoot, root } from './paths.mjs';

const kTicksPerSecond = 100;

function text(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function commit() {
  try {
    return execFileSync('git', ['-C', root, 'log', '-1', '--format=%h'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

/** The version of the Node.js that bin/mindird takes, which is that of the packages where they are installed. */
function serverNode() {
  try {
    const name = readdirSync(inRoot('node_modules')).find((entry) => entry.startsWith('node-linux-'));
    const installed = name === undefined ? 'node' : inRoot('node_modules', name, 'bin', 'node');
    return execFileSync(process.env.MINDIRD_NODE || installed, ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

/** Processor, cores, kernel, versions (`node` is the server's), commit and load averages of now. */
export function machineFacts() {
  return {
    date: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memory_gib: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    node: serverNode(),
    commit: commit(),
    load: os.loadavg().map((load) => Number(load.toFixed(2))),
  };
}

/** The last core for the clients and the others for the server; one core serves both where there is no other. */
export function shareCores(count = os.availableParallelism()) {
  if (count < 2) return { server: '0', client: '0' };
  return { server: count === 2 ? '0' : `0-${count - 2}`, client: String(count - 1) };
}

/** The live processes of a session: a server that leads it, and all that it started. */
export function sessionMembers(leader) {
  return readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    const fields = text(`/proc/${entry}/stat`)?.split(') ').at(-1)?.split(' ');
    return fields !== undefined && Number(fields[3]) === leader && fields[0] !== 'Z';
  });
}

/** Processor seconds of a session's threads so far, to the nanosecond. */
export function sessionSeconds(leader, members = sessionMembers(leader)) {
  let total = 0;
  for (const pid of members) {
    let threads = [];
    try {
      threads = readdirSync(`/proc/${pid}/task`);
    } catch {
      continue;
    }
    for (const thread of threads) total += Number(text(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')[0] ?? 0);
  }
  return total / 1e9;
}

/** Resident memory of a process in MiB. */
export function residentMemory(pid) {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(text(`/proc/${pid}/status`) ?? '');
  return Number(found?.[1] ?? 0) / 1024;
}

/** Resident memory of a session in MiB. */
export const sessionMemory = (leader) => sessionMembers(leader).reduce((sum, pid) => sum + residentMemory(pid), 0);

/**
 * Seconds that processes used of a core, and that the host took from it, since boot. Interrupts are left out: those of the network belong to who sends, and
 * processes are not charged for them.
 */
export function coreSeconds(core) {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(text('/proc/stat') ?? '');
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = (line?.[1] ?? '').split(' ').map(Number);
  return { busy: (user + nice + system) / kTicksPerSecond, stolen: steal / kTicksPerSecond };
}
