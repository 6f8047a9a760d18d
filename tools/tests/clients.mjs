// The clients of docs/examples/clients, made as their README says in a copy of the folder; test/clients/clients.test.ts runs them, and says which could not be made.

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { goProgram } from '../lib/go.mjs';
import { inRoot } from '../lib/paths.mjs';
import { hasProgram, run } from '../lib/run.mjs';

/** As deep in the checkout as the folder they are copied from is. */
const kCopy = inRoot('build', 'examples', 'clients');
const kVenv = inRoot('build', 'clients-venv');
const kGo = inRoot('build', 'deps', 'go-clients');

const place = (...parts) => path.join(kCopy, ...parts);
const python = path.join(kVenv, 'bin', 'python');

async function venv() {
  const wanted = readFileSync(place('python', 'requirements.txt'), 'utf8');
  const stamp = path.join(kVenv, 'made-of');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(kVenv, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', kVenv], { quiet: true });
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
  await run(python, [...install, '-r', place('python', 'requirements.txt')], { quiet: true });
  writeFileSync(stamp, wanted);
}

async function makePython() {
  await venv();
  const protos = place('..', '..', '..', 'proto');
  const script = 'exec "$0" -m grpc_tools.protoc -I "$1" --python_out=. --grpc_python_out=. "$1"/inference/*.proto';
  await run('sh', ['-c', script, python, protos], { cwd: place('python'), quiet: true });
}

async function makeTypescript() {
  const env = { PATH: `${inRoot('node_modules', '.bin')}:${process.env.PATH}` };
  await run('npm', ['run', '-s', 'generate'], { cwd: place('typescript'), quiet: true, env });
  const strict = ['--strict', '--noUncheckedIndexedAccess', '--allowImportingTsExtensions', '--erasableSyntaxOnly'];
  const target = ['--target', 'es2023', '--module', 'nodenext', '--types', 'node', '--skipLibCheck'];
  await run('tsc', ['--ignoreConfig', '--noEmit', ...strict, ...target, 'classify.ts'], {
    cwd: place('typescript'),
    quiet: true,
    env,
  });
}

async function makeGo() {
  const go = await goProgram();
  if (go === undefined) return;
  const bin = path.join(kGo, 'bin');
  const env = {
    GOBIN: bin,
    GOFLAGS: '-modcacherw',
    PATH: [bin, ...(path.isAbsolute(go) ? [path.dirname(go)] : []), process.env.PATH].join(':'),
  };
  const readme = readFileSync(place('README.md'), 'utf8');
  for (const [, plugin] of readme.matchAll(/^go install (\S+)$/gm))
    if (!existsSync(path.join(bin, plugin.replace(/^.*\/|@.*$/g, ''))))
      await run(go, ['install', plugin], { quiet: true, env });
  await run('./generate.sh', [python, '-m', 'grpc_tools.protoc'], { cwd: place('go'), quiet: true, env });
  await run(go, ['vet', './...'], { cwd: place('go'), quiet: true, env });
  await run(go, ['build', '-o', 'classify', '.'], { cwd: place('go'), quiet: true, env });
}

async function makeJava() {
  if (!(await hasProgram('mvn')) || !(await hasProgram('javac', ['-version']))) return;
  await run('mvn', ['-B', '-q', 'compile'], { cwd: place('java'), quiet: true });
}

/** Makes the clients whose tool chains are here. */
export async function prepareClients() {
  rmSync(kCopy, { recursive: true, force: true });
  mkdirSync(kCopy, { recursive: true });
  cpSync(inRoot('docs', 'examples', 'clients'), kCopy, { recursive: true });
  for (const make of [makePython, makeTypescript, makeGo, makeJava]) await make();
}
