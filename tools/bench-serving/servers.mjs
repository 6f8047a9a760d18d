// The servers that are compared: how each is started with the identity models. All lead a session of their own, so that whatever they start is counted.

import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { sessionMembers } from '../lib/machine.mjs';
import { inRoot } from '../lib/paths.mjs';
import { ToolFailure } from '../lib/run.mjs';

const kStopMs = 20_000;
const kTail = 1500;

/** The models: name on every server, shape of the one input x and the output, file for mindird. */
export const sizes = {
  '100b': { label: '100 B', shape: [1, 25], file: '100.mindir' },
  '602k': { label: '602 KB', shape: [1, 3, 224, 224], file: '602k.mindir' },
  '2m': { label: '2 MB', shape: [1, 524288], file: '2m.mindir' },
};
export const modelOf = (size) => `identity_${size}`;

/** Makes what `mindird serve` needs in a folder; its command. */
function mindird(folder, ports, models) {
  for (const size of models) {
    const version = path.join(folder, 'servables', modelOf(size), '1');
    mkdirSync(version, { recursive: true });
    copyFileSync(inRoot('test', 'bench', 'identity', sizes[size].file), path.join(version, 'model.mindir'));
  }
  return {
    command: [
      ...[inRoot('bin', 'mindird'), 'serve', '--engine', 'cpu', '--threads', '1'],
      ...['--repository', path.join(folder, 'servables'), '--cache', path.join(folder, '..', 'mindird-cache')],
      ...['--grpc', `127.0.0.1:${ports[0]}`, '--http', `127.0.0.1:${ports[1]}`],
    ],
  };
}

/** Triton out of the wheel nvidia-pytriton, as test/bench/setup_triton.sh lays it out: its own gRPC front end, Python backend. */
export function triton(root) {
  const server = path.join(root, 'tritonserver', 'pytriton', 'tritonserver');
  if (!existsSync(path.join(server, 'bin', 'tritonserver')))
    throw new ToolFailure(`--triton ${root}: no Triton there, run test/bench/setup_triton.sh ${root}`);
  const python = path.join(root, 'tvenv', 'bin', 'python');
  const library = execFileSync(python, ['-c', 'import sysconfig; print(sysconfig.get_config_var("LIBDIR"))'], {
    encoding: 'utf8',
  });
  return (folder, ports, models) => {
    const repository = path.join(folder, 'repository');
    for (const size of models) {
      const version = path.join(repository, modelOf(size), '1');
      mkdirSync(version, { recursive: true });
      copyFileSync(inRoot('test', 'bench', 'triton_identity.py'), path.join(version, 'model.py'));
      const dims = `data_type: TYPE_FP32 dims: [ ${sizes[size].shape.join(', ')} ]`;
      writeFileSync(
        path.join(version, '..', 'config.pbtxt'),
        `name: "${modelOf(size)}"\nbackend: "python"\nmax_batch_size: 0\ninput { name: "x" ${dims} }\noutput { name: "y" ${dims} }\ninstance_group { count: 1 kind: KIND_CPU }\n`,
      );
    }
    return {
      command: [
        ...[path.join(server, 'bin', 'tritonserver'), '--model-repository', repository, '--log-verbose', '0'],
        ...['--backend-directory', path.join(server, 'backends'), '--disable-auto-complete-config'],
        ...['--grpc-address', '127.0.0.1', '--grpc-port', `${ports[0]}`],
        ...['--http-address', '127.0.0.1', '--http-port', `${ports[1]}`, '--metrics-port', `${ports[2]}`],
      ],
      environment: { PATH: `${path.join(root, 'tvenv', 'bin')}:${process.env.PATH}`, LD_LIBRARY_PATH: library.trim() },
    };
  };
}

/** A server that the user starts by a command with {grpc}, {http} and {metrics} for ports and {models} for the folder of MindIR files. */
export const byCommand = (text) => (_folder, ports) => ({
  command: text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) =>
      word
        .replaceAll('{grpc}', `${ports[0]}`)
        .replaceAll('{http}', `${ports[1]}`)
        .replaceAll('{metrics}', `${ports[2]}`)
        .replaceAll('{models}', inRoot('test', 'bench', 'identity')),
    ),
});

/** {name: recipe} of everything that is compared, mindird first. */
export function recipes({ triton: root, peers }) {
  const all = { mindird, ...(root === undefined ? {} : { triton: triton(root) }) };
  for (const text of peers) {
    const [, name, command] = /^([\w-]+)=(.+)$/.exec(text) ?? [];
    if (name === undefined) throw new ToolFailure(`--peer ${text}: want NAME=COMMAND`);
    if (name in all) throw new ToolFailure(`--peer ${name}: there is one of that name`);
    all[name] = byCommand(command);
  }
  return all;
}

async function freePorts(count) {
  const probes = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve) => {
          const probe = net.createServer().listen(0, '127.0.0.1', () => resolve(probe));
        }),
    ),
  );
  const ports = probes.map((probe) => probe.address().port);
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}

export class BenchServer {
  /** Prepares a server and starts it; `startedAt` in seconds of CLOCK_MONOTONIC. */
  static async start(name, recipe, { folder, core, models }) {
    const server = new BenchServer();
    server.name = name;
    server.log = path.join(folder, 'log');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const ports = await freePorts(3);
    const { command, environment = {} } = recipe(folder, ports, models);
    server.address = `127.0.0.1:${ports[0]}`;
    server.http = `http://127.0.0.1:${ports[1]}`;
    const log = openSync(server.log, 'w');
    server.startedAt = Number(process.hrtime.bigint()) / 1e9;
    server.child = spawn('taskset', ['-c', core, ...command], {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', log, log],
      detached: true,
    });
    server.child.on('error', () => undefined);
    server.gone = new Promise((resolve) => server.child.once('exit', resolve));
    return server;
  }

  get pid() {
    return this.child.pid;
  }

  get tail() {
    return readFileSync(this.log, 'utf8').slice(-kTail);
  }

  async stop() {
    const alive = () => this.child.exitCode === null && this.child.signalCode === null;
    if (alive()) this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), kStopMs);
    await this.gone;
    clearTimeout(timer);
    // Whatever it left behind, all of its own session.
    for (const pid of sessionMembers(this.pid)) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
  }
}
