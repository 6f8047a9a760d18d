import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import { doublingModel } from '../../server/native/fake-file.ts';
import type { FakeVersion } from '../support/fake-directory.ts';
import { FakeServer } from '../support/fake-server.ts';
import { TestClient } from '../support/grpc-client.ts';
import { ReflectionClient } from '../support/reflection-client.ts';
import { until } from '../support/until.ts';

const server = new FakeServer();
let client: TestClient;
let version: FakeVersion;
let address = '';

before(async () => {
  version = await server.models.add('m', doublingModel([1]));
  address = await server.start();
  client = new TestClient(address);
});

after(() => {
  client.close();
  server.stop();
});

test('health: Check answers for the server, a service and a servable', async () => {
  for (const service of ['', 'inference.GRPCInferenceService', 'm']) {
    assert.deepEqual((await client.call('health.Check', { service })).reply, { status: 'SERVING' });
  }
  await assert.rejects(
    client.call('health.Check', { service: 'nobody' }),
    (caught) => (caught as { code: number }).code === status.NOT_FOUND,
  );
});

test('health: Watch tells each change once and forgets callers that left', async () => {
  const watch = client.watch('m');
  const unknown = client.watch('later');
  await until(() => watch.seen.length === 1 && unknown.seen.length === 1, 'first status');
  server.models.setState(version, 'draining');
  server.models.setState(version, 'unloading');
  server.models.setState(version, 'ready');
  const later = await server.models.add('later', doublingModel([1]));
  await until(() => watch.seen.length === 3 && unknown.seen.length === 2, 'changes');
  assert.deepEqual(watch.seen, ['SERVING', 'NOT_SERVING', 'SERVING']);
  assert.deepEqual(unknown.seen, ['SERVICE_UNKNOWN', 'SERVING']);
  assert.equal(server.protocols.health.watches, 2);
  watch.cancel();
  unknown.cancel();
  await until(() => server.protocols.health.watches === 0, 'watches forgotten');
  server.models.setState(later, 'gone');
});

test('reflection: a client that knows nothing finds the services and calls one', async () => {
  const reflection = new ReflectionClient(address);
  try {
    assert.deepEqual((await reflection.services()).sort(), [
      'grpc.health.v1.Health',
      'inference.GRPCInferenceService',
      'inference.model_repository.ModelRepositoryService',
      'mindspore.serving.proto.MSService',
    ]);
    const definition = await reflection.load('inference.GRPCInferenceService');
    const packages = loadPackageDefinition(definition) as unknown as Record<
      string,
      Record<
        string,
        new (
          ...args: unknown[]
        ) => Record<string, (request: object, done: (error: unknown, reply: unknown) => void) => void>
      >
    >;
    const Service = packages['inference']?.['GRPCInferenceService'];
    assert.ok(Service !== undefined);
    const found = new Service(address, credentials.createInsecure());
    const reply = await new Promise((resolve, reject) => {
      found['modelReady']?.({ name: 'm' }, (error, value) => (error === null ? resolve(value) : reject(error)));
    });
    assert.deepEqual(reply, { ready: true });
    (found as unknown as { close(): void }).close();
  } finally {
    reflection.close();
  }
});
