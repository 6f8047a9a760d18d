import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffConfig } from './diff.ts';
import { loadConfig } from './load.ts';
import type { ServerConfig } from './server-fields.ts';

const config = (flags: Record<string, unknown>): ServerConfig =>
  loadConfig({ file: undefined, environment: {}, flags, cwd: '/nonexistent', home: '/h' }).config;

test('diff: equal configurations have no changes', () => {
  assert.deepEqual(diffConfig(config({}), config({})), []);
});

test('diff: each changed field says whether a reload can apply it', () => {
  const changes = diffConfig(
    config({}),
    config({ 'log.level': 'debug', 'server.grpc': ['1.2.3.4:5'], 'repository.poll': '1s' }),
  );
  assert.deepEqual(changes, [
    { path: 'server.grpc', from: '["0.0.0.0:5500"]', to: '["1.2.3.4:5"]', reload: false },
    { path: 'repository.poll', from: '2000', to: '1000', reload: true },
    { path: 'log.level', from: '"info"', to: '"debug"', reload: true },
  ]);
});
