// The article's own steps: a directory of MindSpore Serving, unedited, with the precision it asks for; the server; MindSpore Serving's client;
// two requests skipped, ten averaged; and the same requests in the server's own accounts.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon, ServerProcess, Workplace } from '../support/server-process.ts';
import { patienceMs } from '../support/until.ts';

const python = process.env['MINDIRD_SERVING_PYTHON'] ?? projectPath('build', 'serving-venv', 'bin', 'python');
const missing = existsSync(python)
  ? false
  : `${python}: no Python with mindspore-serving, whose client needs Python 3.9 or older`;

test("article: MindSpore Serving's directory and client, twelve requests, ten of them averaged", {
  skip: missing,
}, async () => {
  const place = new Workplace();
  const folder = path.join(place.repository, 'lenet');
  mkdirSync(path.join(folder, '1'), { recursive: true });
  copyFileSync(projectPath('test', 'networks', 'lenet5.mindir'), path.join(folder, '1', 'lenet5.mindir'));
  copyFileSync(projectPath('test', 'conformance', 'servables', 'lenet.py'), path.join(folder, 'servable_config.py'));
  const server = await ServerProcess.start(place, { environment: { MINDIRD_ADDON: nativeAddon } });
  try {
    const script = projectPath('test', 'conformance', 'mindspore_serving_article.py');
    const outputs = projectPath('test', 'networks', 'lenet5.npz');
    const { stdout } = await promisify(execFile)(python, [script, server.grpcAddress, outputs], {
      timeout: patienceMs,
    });
    const mean = Number(/^mean of ten: ([\d.]+) ms$/m.exec(stdout)?.[1]);
    assert.ok(mean > 0, stdout);
    const metrics = await (await fetch(`${server.httpUrl}/metrics`)).text();
    assert.match(metrics, /^mindird_requests_total\{model="lenet",version="1",code="OK"\} 12$/m);
    assert.match(
      metrics,
      /^mindird_calls_total\{method="mindspore\.serving\.proto\.MSService\/Predict",code="OK"\} 12$/m,
    );
    assert.match(
      metrics,
      /^mindird_calls_total\{method="mindspore\.serving\.proto\.MSService\/Predict",code="UNSUPPORTED"\} 1$/m,
    );
    const report = (await (await fetch(`${server.httpUrl}/v2/models/lenet/report`)).json()) as {
      options: { precision: string };
    };
    assert.equal(report.options.precision, 'fp16');
  } finally {
    await server.close();
    place.close();
  }
});
