// Plugins of the user through the whole server: a served model computes with one; what is wrong with a library, a creator or its fields is one line
// that says so, that model is refused, and the others serve on.

import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { NpyArray } from '../../../server/npz/npy.ts';
import { CaseServer, listCases } from '../../models/cases.ts';
import { nativeAddon, runToEnd } from '../../support/server-process.ts';
import { standInEnvironment, standIns } from './stand-ins.ts';

const plugin = path.join(standIns, 'libmindird_test_plugin.so');
/** CeLU, whose alpha of 0.7 is the primitive's second input, is computed by a plugin, and Elu beside it as ever. */
const cases = listCases('ops', { rtol: 1e-3, atol: 1e-4 }).filter(({ name }) => ['act_celu', 'act_elu'].includes(name));
const [mapped, other] = ['act_celu', 'act_elu'].map((name) => cases.find((one) => one.name === name));
assert.ok(mapped !== undefined && other !== undefined);

/** What the plugin computes. */
function scaled({ dtype, shape, bytes }: NpyArray): NpyArray {
  const values = new Float32Array(Uint8Array.from(bytes).buffer).map((value) => 0.7 * value);
  return { dtype, shape, bytes: new Uint8Array(values.buffer) };
}

/** Starts a server with the plugins, hands it over, and stops it. */
async function withPlugins(
  libraries: string,
  map: string,
  use: (server: CaseServer) => Promise<void>,
  { engine = 'auto', build = 'block' } = {},
): Promise<void> {
  const environment = {
    ...standInEnvironment(),
    MINDIRD_ENGINE_BUILD: build,
    MINDIRD_TENSORRT_PLUGINS: libraries,
    MINDIRD_TENSORRT_PLUGIN_MAP: map,
  };
  const server = await CaseServer.start('ops', cases, engine, { environment });
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

interface Refusal {
  readonly what: string;
  readonly libraries: string;
  readonly map: string;
  readonly engine?: string;
  /** Why the model is not served, to the letter. */
  readonly why: string;
  /** What the log says of the library. */
  readonly warned?: RegExp;
}

const file = 'act_celu/1: model.mindir: ';
const node = 'node "Default/fn-CELU/CeLU-op0"';
const alone = `${file}${node}: primitive CeLU is mapped to a TensorRT plugin, which nothing else can replace: `;
const unregistered = (version: string): string =>
  `${alone}plugin TestScale version ${version} is not registered (tensorrt.plugins names the libraries to load)`;
const refusals: readonly Refusal[] = [
  {
    what: 'the library is not there',
    libraries: '/nowhere/libplugin.so',
    map: 'CeLU=TestScale(alpha=#1)',
    why: unregistered('1'),
    warned: /^tensorrt.plugins: TensorRT cannot load \/nowhere\/libplugin.so$/,
  },
  {
    what: 'the library exports no creators',
    libraries: path.join(standIns, 'libfulldisk.so'),
    map: 'CeLU=TestScale(alpha=#1)',
    why: unregistered('1'),
    warned: /^tensorrt.plugins: TensorRT cannot load .*libfulldisk.so$/,
  },
  {
    what: 'the library has another version of the plugin',
    libraries: plugin,
    map: 'CeLU=TestScale:7(alpha=#1)',
    why: unregistered('7'),
  },
  {
    what: 'the plugin has no such field',
    libraries: plugin,
    map: 'CeLU=TestScale(gamma=#1)',
    why: `${file}subgraph 1 of 1 (tensorrt): ${node} (Plugin): plugin TestScale refused its fields`,
  },
  {
    what: 'the primitive has no such attribute',
    libraries: plugin,
    map: 'CeLU=TestScale(alpha=beta)',
    why: `${file}${node} (CeLU): plugin field alpha: the primitive has no beta`,
  },
  {
    what: 'the server has no TensorRT',
    libraries: plugin,
    map: 'CeLU=TestScale(alpha=#1)',
    engine: 'cpu',
    why: `${alone}TensorRT is not among the engines`,
  },
];

describe('plugins', () => {
  for (const build of ['block', 'background']) {
    it(`a served model computes with one (engine.build: ${build})`, async () => {
      await withPlugins(
        plugin,
        'CeLU=TestScale(alpha=#1)',
        async (server) => {
          assert.equal(await server.refusal(mapped.name), undefined);
          await server.check(mapped, scaled);
          await server.check(other);
          const { plans } = await server.report(mapped.name);
          assert.deepEqual(
            plans.map(({ nodes }) => nodes.map(({ op, engine }) => ({ op, engine }))),
            [[{ op: 'Plugin', engine: 'tensorrt' }]],
          );
        },
        { build },
      );
    });
  }

  for (const { what, libraries, map, engine = 'auto', why, warned } of refusals) {
    it(`${what}: the model is refused in one line, the other is served`, async () => {
      await withPlugins(
        libraries,
        map,
        async (server) => {
          assert.equal(await server.refusal(mapped.name), why);
          await server.check(other);
          const [failed, ...more] = server.process.logged('model.failed');
          assert.deepEqual(more, []);
          assert.equal(failed?.['error'], why);
          const warnings = server.process.logged('tensorrt').filter(({ level }) => level === 'warn');
          if (warned !== undefined) assert.match(String(warnings[0]?.['cause']), warned);
          else assert.deepEqual(warnings, []);
          assert.deepEqual(server.process.logged('engine.fallback'), []);
        },
        { engine },
      );
    });
  }

  it('an entry of the map that is none ends the start with one line', () => {
    const environment = {
      ...standInEnvironment(),
      MINDIRD_ADDON: nativeAddon,
      MINDIRD_TENSORRT_PLUGIN_MAP: 'CeLU=TestScale,Elu=',
    };
    const { code, out, err } = runToEnd(['serve', '--grpc', '127.0.0.1:0', '--http', '127.0.0.1:0'], environment);
    assert.notEqual(code, 0);
    assert.equal(out, '');
    assert.equal(err, 'mindird: plugin_map: "Elu=": the creator is "", want letters, digits and _.:/+-\n');
  });
});
