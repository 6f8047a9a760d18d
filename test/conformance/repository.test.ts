// RepositoryModelLoad and RepositoryModelUnload as clients of Triton, KServe and MLServer send them, LogSettings and TraceSetting.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { doublingModel } from '../../server/native/fake-file.ts';
import { serviceOf } from '../../server/protocol/definitions.ts';
import { FakeServer } from '../support/fake-server.ts';
import { TestClient } from '../support/grpc-client.ts';
import { RecordedControl } from '../support/recorded-control.ts';

const control = new RecordedControl();
const server = new FakeServer({ control });
let client: TestClient;

before(async () => {
  await server.models.add('m', doublingModel([1]));
  client = new TestClient(await server.start());
});

after(() => {
  client.close();
  server.stop();
});

const call = async <T>(name: string, request: object): Promise<T> =>
  (await client.call<T>(`inference.${name}`, request)).reply;

async function refused(name: string, request: object, code: number, text: string): Promise<void> {
  await assert.rejects(call(name, request), (caught: { code: number; details: string }) => {
    assert.deepEqual([caught.code, caught.details], [code, text]);
    return true;
  });
}

test('repository calls: the numbering of Triton and that of KServe name the same model', async () => {
  control.calls.length = 0;
  assert.deepEqual(await call('RepositoryModelLoad', { model_name: 'm' }), { model_name: '', isLoaded: false });
  // A client of KServe writes the model where Triton has the repository, and reads what was done.
  assert.deepEqual(await call('RepositoryModelLoad', { repository_name: 'm' }), { model_name: 'm', isLoaded: true });
  assert.deepEqual(await call('RepositoryModelUnload', { repository_name: 'm' }), {
    model_name: 'm',
    isUnloaded: true,
  });
  const parameters = { unload_dependents: { bool_param: true } };
  assert.deepEqual(await call('RepositoryModelUnload', { model_name: 'm', parameters }), {
    model_name: '',
    isUnloaded: false,
  });
  assert.deepEqual(control.calls, ['load m', 'load m', 'unload m', 'unload m and dependents']);
  const unload = { model_name: 'm', parameters: { unload_dependents: { string_param: 'yes' } } };
  await refused(
    'RepositoryModelUnload',
    unload,
    status.INVALID_ARGUMENT,
    'parameter "unload_dependents": want true or false',
  );
});

test("repository calls: MLServer's service is an alias", async () => {
  const service = serviceOf('inference.model_repository.ModelRepositoryService');
  const ask = async (name: string, request: object): Promise<unknown> => {
    const { path, requestSerialize, responseDeserialize } = service[name] as (typeof service)[string];
    return (await client.raw(path, requestSerialize(request), responseDeserialize)).reply;
  };
  control.calls.length = 0;
  await ask('RepositoryModelLoad', { model_name: 'm' });
  await ask('RepositoryModelUnload', { model_name: 'm' });
  assert.deepEqual(control.calls, ['load m', 'unload m']);
  const { models } = (await ask('RepositoryIndex', {})) as { models: readonly object[] };
  assert.deepEqual(models, [{ name: 'm', version: '1', state: 'READY', reason: '' }]);
});

test('repository calls: what cannot be done is refused with its reason', async () => {
  const load = 'RepositoryModelLoad';
  await refused(load, { model_name: 'bad' }, status.FAILED_PRECONDITION, 'bad: version 1: cut off (none is ready)');
  await refused(load, {}, status.INVALID_ARGUMENT, 'model_name: missing');
  await refused(
    load,
    { model_name: 'm', repository_name: 'other' },
    status.UNIMPLEMENTED,
    'repository_name: found "other", want none: there is one repository',
  );
  await refused(
    load,
    { model_name: 'm', parameters: { config: { string_param: '{}' } } },
    status.UNIMPLEMENTED,
    'parameter "config" is not supported: configuration and files are those of the repository',
  );
  await refused(
    'RepositoryModelUnload',
    { model_name: 'nobody' },
    status.NOT_FOUND,
    'nobody: no such servable in the repository',
  );
  const polled = new FakeServer();
  const other = new TestClient(await polled.start());
  try {
    await assert.rejects(
      other.call('inference.RepositoryModelLoad', { model_name: 'm' }),
      /repository\.control: explicit/,
    );
    const { reply } = await other.call<{ extensions: string[] }>('inference.ServerMetadata', {});
    assert.ok(!reply.extensions.includes('model_repository'));
  } finally {
    other.close();
    polled.stop();
  }
  const { extensions } = await call<{ extensions: string[] }>('ServerMetadata', {});
  assert.ok(extensions.includes('model_repository') && extensions.includes('model_repository(unload_dependents)'));
});

interface Settings<T> {
  readonly settings: Readonly<Record<string, T>>;
}

test('LogSettings: levels are one order, and what has no meaning here is refused', async () => {
  const set = (settings: object): Promise<Settings<object>> => call('LogSettings', { settings });
  const { settings } = await set({});
  assert.deepEqual(settings['log_info'], { bool_param: true, parameter_choice: 'bool_param' });
  await set({ log_verbose_level: { uint32_param: 2 } });
  assert.equal(server.settings.level, 'debug');
  await set({ log_verbose_level: {} });
  assert.equal(server.settings.level, 'info');
  await set({ log_info: { bool_param: false } });
  assert.equal(server.settings.level, 'warn');
  await set({ log_warning: { bool_param: false }, log_format: { string_param: 'default' } });
  assert.equal(server.settings.level, 'error');
  await set({ log_info: { bool_param: true }, log_verbose_level: { uint32_param: 0 } });
  assert.equal(server.settings.level, 'info');
  const conflict = { log_info: { bool_param: true }, log_warning: { bool_param: false } };
  await refused(
    'LogSettings',
    { settings: conflict },
    status.INVALID_ARGUMENT,
    'setting "log_warning": found off beside log_info, want it on: levels are in one order',
  );
  await refused(
    'LogSettings',
    { settings: { log_file: { string_param: '/x' } } },
    status.UNIMPLEMENTED,
    'setting "log_file" cannot be changed',
  );
  await refused(
    'LogSettings',
    { settings: { log_error: { bool_param: false } } },
    status.UNIMPLEMENTED,
    'setting "log_error" cannot be changed',
  );
  await refused(
    'LogSettings',
    { settings: { log_infos: {} } },
    status.INVALID_ARGUMENT,
    'setting "log_infos": found no such setting, want one of log_file, log_info, log_warning, log_error, log_verbose_level, log_format',
  );
  server.settings.locked = 'not by this port';
  await refused(
    'LogSettings',
    { settings: { log_info: { bool_param: false } } },
    status.UNIMPLEMENTED,
    'not by this port',
  );
  server.settings.locked = undefined;
  assert.equal(server.settings.level, 'info');
});

test('TraceSetting: the share of traced calls can be changed where tracing is configured', async () => {
  const set = (settings: object): Promise<Settings<{ value: string[] }>> => call('TraceSetting', { settings });
  assert.deepEqual((await set({})).settings['trace_rate'], { value: ['100'] });
  assert.deepEqual((await set({ trace_level: { value: ['OFF'] } })).settings['trace_level'], { value: ['OFF'] });
  await set({ trace_level: { value: ['TIMESTAMPS'] }, trace_rate: { value: ['4'] } });
  assert.equal(server.settings.share, 0.25);
  await set({ trace_rate: { value: [] } });
  assert.equal(server.settings.share, 0.01);
  await refused(
    'TraceSetting',
    { settings: { trace_level: { value: ['TENSORS'] } } },
    status.INVALID_ARGUMENT,
    'setting "trace_level": found TENSORS, want OFF or TIMESTAMPS',
  );
  await refused(
    'TraceSetting',
    { settings: { trace_file: { value: ['/x'] } } },
    status.UNIMPLEMENTED,
    'setting "trace_file" cannot be changed',
  );
  await refused(
    'TraceSetting',
    { model_name: 'm', settings: { trace_rate: { value: ['2'] } } },
    status.UNIMPLEMENTED,
    'model_name: a model has no trace settings of its own',
  );
  await refused(
    'TraceSetting',
    { model_name: 'nobody' },
    status.NOT_FOUND,
    'Request for unknown model: nobody: no such servable',
  );
  server.settings.share = undefined;
  await refused(
    'TraceSetting',
    { settings: { trace_rate: { value: ['2'] } } },
    status.UNIMPLEMENTED,
    'tracing is off: tracing.endpoint is not set',
  );
  assert.deepEqual((await set({})).settings['trace_level'], { value: ['OFF'] });
  server.settings.share = 0.01;
});

test('sequence parameters are refused unless they say that there is none', async () => {
  const request = (parameters: object): object => ({
    model_name: 'm',
    parameters,
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1], contents: { fp32_contents: [1] } }],
  });
  await call('ModelInfer', request({ sequence_id: { int64_param: 0 }, sequence_start: { bool_param: false } }));
  const text = 'parameter "sequence_id" is not supported: no model here keeps state from one request to the next';
  await refused('ModelInfer', request({ sequence_id: { int64_param: 7 } }), status.UNIMPLEMENTED, text);
  await refused('ModelInfer', request({ sequence_id: { string_param: 'a' } }), status.UNIMPLEMENTED, text);
});
