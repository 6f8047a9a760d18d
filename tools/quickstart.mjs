// `npm run quickstart`: from a fresh clone to a prediction. Installs what is missing, builds, serves the demo servable on free
// ports of this machine, sends it a sample image, prints the predicted class and where the time went, and stops the server. Where npm has installed the
// addon (@mindird/linux-x64) nothing native is built, and no compiler needed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buildNative } from './build-native.mjs';
import { buildServer } from './build-server.mjs';
import { fetchOnednn } from './fetch-onednn.mjs';
import { inRoot } from './lib/paths.mjs';
import { prebuiltAddon } from './lib/prebuilt.mjs';
import { checkNode, npmPackages, systemPackages } from './lib/prepare.mjs';
import { main, run, ToolFailure } from './lib/run.mjs';
import { duration, step } from './lib/steps.mjs';

const kReadyMs = 60_000;
const kProgram = inRoot('bin', 'mindird');
const kSample = 'servables/digits/samples/sample_7.png';

/** Starts the server and waits for its ready line; resolves to the process and its gRPC address. */
async function startServer() {
  const args = ['serve', '--repository', inRoot('servables'), '--grpc', '127.0.0.1:0', '--http', '127.0.0.1:0'];
  const child = spawn(kProgram, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  const address = await new Promise((resolve, reject) => {
    const fail = (why) => reject(new ToolFailure(`the server ${why}\n${log}`));
    const timer = setTimeout(fail, kReadyMs, 'was not ready in time');
    child.on('exit', (code) => fail(`ended with exit status ${code}`));
    child.on('error', (error) => fail(`did not start: ${error.message}`));
    child.stdout.on('data', () => {
      const [, grpc] = / ready: grpc ([^,\s]+)/.exec(out) ?? [];
      if (grpc === undefined) return;
      clearTimeout(timer);
      resolve(grpc);
    });
  }).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  console.log(out.trimEnd());
  return { child, address };
}

async function stopServer(child) {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = await ended;
  if (code !== 0) throw new ToolFailure(`the server ended with exit status ${code}, want 0`);
}

async function quickstart() {
  const from = Date.now();
  checkNode();
  const prebuilt = prebuiltAddon();
  if (prebuilt === undefined) await step('system packages', () => systemPackages());
  await step('npm packages', npmPackages);
  if (prebuilt === undefined) {
    await step('oneDNN', fetchOnednn);
    await step('native build', () => buildNative());
  } else console.log(`the addon is there already: ${prebuilt}`);
  await step('TypeScript build', buildServer);
  const { child, address } = await step('server with the demo servable', startServer);
  try {
    await step(`request with ${kSample}`, async () => {
      const { out } = await run(kProgram, ['infer', address, 'digits', '--png', inRoot(kSample)], { capture: true });
      console.log(`\n${out.trimEnd()}\n`);
      if (!/^predicted class: 7$/m.test(out)) throw new ToolFailure('the prediction is not 7');
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  await step('graceful stop', () => stopServer(child));
  console.log(
    `\nquickstart: all of it took ${duration(Date.now() - from)}; serve your own models with: bin/mindird serve --repository DIR`,
  );
}

await main('quickstart', quickstart);
