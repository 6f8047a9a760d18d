// The runtimes for KServe as they are told to run: each layout that /mnt/models has, called as KServe's gateway calls.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { doublingModel } from '../../server/native/fake-file.ts';
import { projectPath } from '../../server/util/root.ts';
import { double, ServerProcess, Workplace } from '../support/server-process.ts';

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

const file = projectPath('deploy', 'k8s', 'kserve', 'runtime.yaml');
const runtimes = parseAllDocuments(readFileSync(file, 'utf8')).map(
  (document) =>
    document.toJS() as {
      readonly metadata: { readonly name: string };
      readonly spec: { readonly containers: readonly Container[] };
    },
);
const service = 'digits';

/** The flags of a container with the folders of a test; addresses are those that a test has anyway. */
function flagsOf({ args: [, ...words] }: Container, place: Workplace): readonly string[] {
  const own: Readonly<Record<string, readonly string[]>> = {
    '--repository': ['--repository', place.repository],
    '--cache': ['--cache', place.path('cache')],
    '--servable': ['--servable', service],
    '--grpc': [],
    '--http': [],
  };
  const pairs = Array.from({ length: words.length / 2 }, (_, index) => words.slice(2 * index, 2 * index + 2));
  return pairs.flatMap((pair) => own[pair[0] ?? ''] ?? pair);
}

/** The status of a request to an address under the name of a host that is not the server's. */
function call(url: string, method: string, body: unknown): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host: `${service}.default.example.com`, 'content-type': 'application/json' };
    const request = http.request(url, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.once('error', reject).end(JSON.stringify(body));
  });
}

describe('KServe', () => {
  for (const [index, layout] of ['model.mindir', '1/model.mindir', `${service}/1/model.mindir`].entries())
    it(`a runtime serves ${layout} by the name of the service, through the port of its protocol`, async () => {
      const runtime = runtimes[index % runtimes.length];
      const [container] = runtime?.spec.containers ?? [];
      assert.ok(container !== undefined);
      const place = new Workplace();
      place.put(`servables/${layout}`, JSON.stringify(doublingModel([-1, 2])));
      const environment = Object.fromEntries(
        container.env.map(({ name, value }) => [name, value.replace('/tmp/', `${place.folder}/`)]),
      );
      const server = await ServerProcess.start(place, {
        args: flagsOf(container, place),
        environment: { ...environment, MINDIRD_SERVER_DRAIN_DELAY: '0s' },
        noRepository: true,
        noCache: true,
      });
      try {
        if (runtime?.metadata.name === 'mindird') {
          assert.deepEqual((await double(server.client(), service, [1, 2])).values, [2, 4]);
        } else {
          const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }];
          const { status, text } = await call(`${server.httpUrl}/v2/models/${service}/infer`, 'POST', { inputs });
          assert.equal(status, 200, text);
          assert.deepEqual(JSON.parse(text).outputs[0].data, [2, 4]);
          const changed = await call(`${server.httpUrl}/log-level`, 'PUT', { level: 'debug' });
          assert.equal(changed.status, 403, changed.text);
        }
      } finally {
        await server.close();
        place.close();
      }
    });
});
