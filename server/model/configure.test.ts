import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import { configureOptions } from './configure.ts';

const load = (environment: Record<string, string>) =>
  loadConfig({ file: undefined, environment, flags: {}, cwd: '/', home: '/' });

test('the configuration reaches the addon with its defaults', () => {
  const { config } = load({});
  assert.deepEqual(configureOptions(config), {
    threads: 0,
    tensorrt: {
      libraryPath: null,
      tf32: false,
      blocks: false,
      optimizationLevel: 3,
      buildThreads: 1,
      plugins: [],
      pluginMap: [],
      buildTimeoutMs: 1_800_000,
    },
  });
});

test('settings of TensorRT reach the addon', () => {
  const environment = {
    MINDIRD_TENSORRT_TF32: 'on',
    MINDIRD_TENSORRT_WAIT: 'block',
    MINDIRD_TENSORRT_OPTIMIZATION_LEVEL: '5',
    MINDIRD_TENSORRT_BUILD_THREADS: '4',
    MINDIRD_TENSORRT_BUILD_TIMEOUT: '90s',
    MINDIRD_TENSORRT_LIBRARY_PATH: '/opt/trt',
    MINDIRD_TENSORRT_PLUGINS: '/opt/plugins/liba.so',
    MINDIRD_TENSORRT_PLUGIN_MAP: 'Sort=MySort:2(axis;descending=#2)',
    MINDIRD_ENGINE_THREADS: '3',
  };
  const { config } = load(environment);
  assert.deepEqual(configureOptions(config), {
    threads: 3,
    tensorrt: {
      libraryPath: '/opt/trt',
      tf32: true,
      blocks: true,
      optimizationLevel: 5,
      buildThreads: 4,
      plugins: ['/opt/plugins/liba.so'],
      pluginMap: ['Sort=MySort:2(axis;descending=#2)'],
      buildTimeoutMs: 90_000,
    },
  });
});
