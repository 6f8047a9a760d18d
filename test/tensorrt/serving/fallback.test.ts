// Subgraphs TensorRT takes and then cannot build or load: each goes to the cpu engine alone, the log, the report and a metric say why, and
// requests are answered as MindSpore would.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CaseServer, listCases } from '../../models/cases.ts';
import { type Behaviour, standInEnvironment } from './stand-ins.ts';

const kModel = 'graph_cycle_trap';
const cases = listCases('ops', { rtol: 1e-3, atol: 1e-4 }).filter(({ name }) => name === kModel);

interface Failure {
  readonly what: string;
  readonly behaviour: Behaviour;
  readonly environment?: Readonly<Record<string, string>>;
  /** Why each of the model's two TensorRT subgraphs falls back; undefined for one that does not. */
  readonly why: readonly [string | undefined, string | undefined];
}

const twice = (why: string): readonly [string, string] => [why, why];
const killed = (how: string): readonly [string, string] => [
  `the builder of model (2 operators) was killed by signal ${how}`,
  `the builder of model (3 operators) was killed by signal ${how}`,
];

const failures: readonly Failure[] = [
  {
    what: 'the library with the kernels for building is missing',
    behaviour: { nvinfer: 'build=no_builder' },
    why: twice(
      'createInferBuilder: Error Code 6: API Usage Error (Unable to load library: libnvinfer_builder_resource.so.11.1.0)',
    ),
  },
  {
    what: 'no kernel is found for one layer',
    behaviour: { nvinfer: 'refuse=Default/Add' },
    why: [undefined, 'Error Code 10: Internal Error (Could not find any implementation for node Default/Add-op0.)'],
  },
  {
    what: 'the build aborts',
    behaviour: { nvinfer: 'build=abort' },
    why: killed('6 (Aborted); last words: test libnvinfer: told to abort'),
  },
  {
    what: 'the build takes all memory and is killed',
    behaviour: { nvinfer: 'build=kill' },
    why: killed('9 (Killed, perhaps for want of memory)'),
  },
  {
    what: 'the build does not end',
    behaviour: { nvinfer: 'build=hang' },
    environment: { MINDIRD_TENSORRT_BUILD_TIMEOUT: '1s' },
    why: [
      'the builder of model (2 operators) was ended after 1 s',
      'the builder of model (3 operators) was ended after 1 s',
    ],
  },
  {
    what: 'a built engine does not load',
    behaviour: { nvinfer: 'load=fail' },
    why: twice('deserializeCudaEngine: Error Code 1: Serialization (the load was told to fail)'),
  },
];

/** Whether the metric says so many of the model's subgraphs fell back from TensorRT. */
async function counted(server: CaseServer, fallbacks: number): Promise<boolean> {
  const metrics = await server.process.metrics();
  return metrics.get(`mindird_engine_fallbacks{model="${kModel}",version="1",engine="tensorrt"}`) === fallbacks;
}

describe('subgraphs TensorRT fails on', () => {
  for (const { what, behaviour, environment, why } of failures) {
    it(`${what}: the cpu engine runs them`, async () => {
      const all = { ...standInEnvironment(behaviour), ...environment };
      const server = await CaseServer.start('ops', cases, 'auto', { environment: all });
      try {
        for (const one of cases) await server.check(one);
        const { plans } = await server.report(kModel);
        assert.deepEqual(
          plans.map(({ partitions }) => partitions.map(({ engine }) => engine)),
          [[why[0] === undefined ? 'tensorrt' : 'cpu', 'cpu', why[1] === undefined ? 'tensorrt' : 'cpu']],
        );
        const reasons = plans[0]?.partitions.map(({ fallback }) => fallback?.why);
        assert.deepEqual(reasons, [why[0], undefined, why[1]]);

        const told = why.filter((reason) => reason !== undefined);
        const logged = server.process.logged('engine.fallback').map(({ level, model, engine, to, cause }) => {
          return { level, model, engine, to, cause };
        });
        assert.deepEqual(
          logged,
          told.map((cause) => ({ level: 'warn', model: kModel, engine: 'tensorrt', to: 'cpu', cause })),
        );
        assert.ok(await counted(server, told.length));
      } finally {
        await server.stop();
      }
    });
  }
});

describe('models whose engines are built and do not run', () => {
  for (const [what, cuda, why] of [
    [
      'device memory is short',
      'memory=400',
      /^graph_cycle_trap\/1: warm-up: cuMemAlloc of \d+ bytes: CUDA_ERROR_OUT_OF_MEMORY \(2\)$/,
    ],
    ['the first launch is refused', 'fail_launch=1', /^graph_cycle_trap\/1: warm-up: .*/],
  ] as const) {
    it(`${what}: the cpu engine runs all of it`, async () => {
      const server = await CaseServer.start('ops', cases, 'auto', { environment: standInEnvironment({ cuda }) });
      try {
        for (const one of cases) await server.check(one);
        const { plans, fallback } = await server.report(kModel);
        assert.deepEqual(
          plans.map(({ partitions }) => partitions.map(({ engine }) => engine)),
          [['cpu']],
        );
        assert.equal(fallback?.from, 'tensorrt');
        assert.match(fallback.why, why);
        const logged = server.process.logged('engine.fallback').map(({ model, engine, to, cause }) => {
          return { model, engine, to, cause };
        });
        assert.deepEqual(logged, [{ model: kModel, engine: 'tensorrt', to: 'cpu', cause: fallback.why }]);
        assert.ok(await counted(server, 1));
      } finally {
        await server.stop();
      }
    });
  }
});
