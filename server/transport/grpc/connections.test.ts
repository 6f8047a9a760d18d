import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { type TestContext, test } from 'node:test';
import { FakeServer, type FakeServerOptions } from '../../../test/support/fake-server.ts';
import { TestClient } from '../../../test/support/grpc-client.ts';
import { until } from '../../../test/support/until.ts';
import { doublingModel } from '../../native/fake-file.ts';
import type { FakeModel } from '../../native/fake-model.ts';
import { spread } from './connections.ts';

interface Aging {
  readonly server: FakeServer;
  readonly address: string;
  readonly model: FakeModel;
}

async function aging(context: TestContext, options: FakeServerOptions): Promise<Aging> {
  const server = new FakeServer(options);
  context.after(() => server.stop());
  const { native } = await server.models.add('m', doublingModel([1]));
  return { server, address: await server.start(), model: native as FakeModel };
}

const ask = {
  model_name: 'm',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1] }],
  raw_input_contents: [Buffer.alloc(4)],
};

const count = ({ connections }: FakeServer, event: string): number =>
  connections.filter((name) => name === event).length;

test('connections: a client whose connections grow old loses no call', async (context) => {
  const { server, address } = await aging(context, { connectionAgeMs: 20 });
  const client = new TestClient(address);
  context.after(() => client.close());
  let calls = 0;
  const callOn = async (): Promise<void> => {
    for (; count(server, 'goaway_sent') < 10; calls++) await client.call('inference.ModelInfer', ask);
  };
  await Promise.all([callOn(), callOn(), callOn(), callOn()]);
  assert.ok(count(server, 'opened') >= 10, server.connections.join(' '));
  assert.equal(count(server, 'aged_out'), 0);
  assert.equal(server.ends.filter(({ code }) => code === 'OK').length, server.ends.length);
  assert.ok(calls >= 10);
});

test('connections: the calls of an old one end in the time of grace, or with it', async (context) => {
  const { server, address, model } = await aging(context, { connectionAgeMs: 20, connectionGraceMs: 50 });
  model.held = true;
  const client = new TestClient(address);
  context.after(() => client.close());
  const lost = client.call('inference.ModelInfer', ask);
  await assert.rejects(lost, /UNAVAILABLE|CANCELLED/);
  await until(() => server.ends.length === 1, 'the call is over');
  assert.deepEqual([count(server, 'goaway_sent'), count(server, 'aged_out')], [1, 1]);
  model.held = false;
});

test('connections: ages are spread by a tenth, and none is asked to go without an age', async (context) => {
  assert.deepEqual([0, 0.5, 1].map((random) => spread(1000, random)).map(Math.round), [900, 1000, 1100]);
  const { server, address } = await aging(context, {});
  const session = connect(`http://${address}`);
  await new Promise((resolve) => session.once('remoteSettings', resolve));
  session.destroy();
  await until(() => server.grpc.connections === 0, 'the connection is counted out');
  assert.equal(count(server, 'goaway_sent'), 0);
});
