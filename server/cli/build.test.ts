import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { ConfigInputs } from '../config/load.ts';
import { ServingError } from '../errors.ts';
import type { NativeAddon, NativeEvent } from '../native/binding-types.ts';
import { FakeAddon } from '../native/fake.ts';
import { doublingModel } from '../native/fake-file.ts';
import { bucketsOption, embedModel, embedText } from './build/embed.ts';
import type { BuildProgress } from './build/run.ts';
import { build, buildText } from './build.ts';
import { inspect } from './inspect.ts';

let repository: string;
let addon: FakeAddon;

async function servable(name: string, version: number, model: unknown, config?: string): Promise<string> {
  const folder = path.join(repository, name, String(version));
  await mkdir(folder, { recursive: true });
  if (config !== undefined) await writeFile(path.join(repository, name, 'servable_config.yaml'), config);
  const file = path.join(folder, 'model.mindir');
  await writeFile(file, JSON.stringify(model));
  return file;
}

before(async () => {
  repository = await mkdtemp(path.join(tmpdir(), 'build-'));
  await servable('small', 3, doublingModel([-1, 4]), 'batching: {max_batch: 8}\n');
  await servable('small', 4, doublingModel([-1, 4]));
  await servable('broken', 1, {
    ...doublingModel([1, 4]),
    loadError: { code: 'UNSUPPORTED', message: 'node "n" (Foo): no such operator' },
  });
  await servable('mistyped', 1, doublingModel([1, 4]), 'batching: {max_bach: 8}\n');
});
beforeEach(() => {
  addon = new FakeAddon();
});
after(() => rm(repository, { recursive: true }));

const quiet: BuildProgress = { started: () => undefined, working: () => undefined, ended: () => undefined };

function args(engine: string = 'cpu'): ConfigInputs {
  const flags = {
    'repository.path': repository,
    'cache.path': path.join(repository, '.cache'),
    'engine.use': engine,
    'engine.threads': 1,
  };
  return { file: undefined, environment: {}, flags, cwd: repository, home: repository };
}

describe('build: every wanted version once', () => {
  it('loads with the options a server would use, closes, and reports what failed without stopping', async () => {
    const { plan, outcomes } = await build(args(), addon, quiet);
    const found = outcomes.map(({ name, version, ok }) => `${name}/${version} ${ok}`).sort();
    assert.deepEqual(
      found.filter((line) => !line.startsWith('small/3')),
      ['broken/1 false', 'mistyped/1 false', 'small/4 true'],
    );
    const options = addon.loads.find(({ label }) => label === 'small/4');
    assert.deepEqual(
      [options?.maxBatch, options?.threads, options?.engines, options?.cacheDir],
      [8, 1, ['cpu'], path.join(repository, '.cache')],
    );
    assert.equal(addon.threads, 1);
    const text = buildText(plan, outcomes);
    assert.match(text, /^small\/4 +ready/m);
    assert.match(text, /failed: broken\/1: broken\/1: node "n" \(Foo\): no such operator/);
    assert.match(text, /failed: mistyped\/1: servable_config\.yaml: line 1: .*max_bach/);
  });

  it('a closed model takes no more requests', async () => {
    await build(args(), addon, quiet);
    for (const model of addon.models) assert.throws(() => model.submit([new Uint8Array(16)], [[1, 4]], [null], 0, 0));
  });

  it('progress tells position, native steps and counts', async () => {
    const events: NativeEvent[] = [
      { level: 'info', event: 'engine.cache.hit', engine: 'cpu' },
      { level: 'info', event: 'engine.cache.miss', engine: 'cpu' },
      { level: 'warn', event: 'engine.cache.invalid', engine: 'cpu', cause: 'checksum does not match' },
      { level: 'debug', event: 'build.progress', subgraph: 2, subgraphs: 3, fraction: 0.4, step: 'packing' },
    ];
    const scripted: NativeAddon = Object.assign(Object.create(addon) as FakeAddon, {
      drainEvents: () => events.splice(0),
    });
    const steps: string[] = [];
    const progress: BuildProgress = {
      ...quiet,
      started: (_, position, total) => steps.push(`${position + 1}/${total}`),
      working: (_, step) => steps.push(step),
    };
    const { outcomes } = await build(args(), scripted, progress);
    const first = outcomes[0];
    assert.deepEqual(
      [first?.cacheHits, first?.built, first?.warnings],
      [1, 2, ['engine.cache.invalid, engine cpu, cause checksum does not match']],
    );
    assert.equal(steps[0], `1/${outcomes.length}`);
    assert.ok(steps.includes('subgraph 2 of 3: packing, 40 %'));
  });

  it('where TensorRT is missing the cpu engine takes the whole graph', async () => {
    const { outcomes } = await build(args('tensorrt'), addon, quiet);
    const small = outcomes.find(({ name, version }) => name === 'small' && version === 4);
    assert.equal(small?.ok, true);
    assert.deepEqual(addon.loads.find(({ label }) => label === 'small/4')?.engines, ['cpu']);
  });
});

describe('build --embed: one model as a plan file', () => {
  const withTensorrt = () => {
    const engines = addon
      .systemInfo()
      .engines.map((engine) => (engine.name === 'tensorrt' ? { ...engine, available: true } : engine));
    return Object.assign(addon, { systemInfo: () => ({ ...new FakeAddon().systemInfo(), engines }) });
  };
  const wanted = { buckets: [1, 4], shapes: new Map<string, readonly number[]>(), bodies: false };

  it('asks for the engines of the server, the sizes and the place', async () => {
    const model = await servable('plain', 1, doublingModel([-1, 4]));
    const output = path.join(repository, 'plain.mindplan');
    const result = await embedModel(args('auto'), { ...wanted, model, output }, withTensorrt());
    const options = addon.loads.at(-1);
    assert.deepEqual([options?.engines, options?.buckets, options?.maxBatch], [['tensorrt', 'cpu'], [1, 4], 4]);
    const asked = addon.embeds.at(-1);
    assert.deepEqual([asked?.output, asked?.bodies, asked?.shapes], [output, false, []]);
    assert.match(asked?.creator ?? '', /^mindird \d/);
    assert.equal(
      embedText(result),
      `${output}: ${result.bytes} bytes: 1 engine of 2048 bytes, weights of 0 bytes\n` +
        'TrtNode 0: 1 operators, engine 2048 bytes, precision fp32, TensorRT 0\n' +
        'warning: --buckets: the model has no open batch size, they mean nothing',
    );
  });

  it('tells one line for an engine of several batch sizes, and why one serves no other', () => {
    const node = {
      node: 'TrtNode 0',
      operators: 7,
      engine: 'a',
      engine_bytes: 9,
      precision: 'fp16',
      made: 'TensorRT 11',
    };
    const shared = { ...node, profiles: [1, 4, 8], alone: '' };
    const alone = { ...node, rows: 1, engine: 'b', profiles: [], alone: 'other shapes' };
    const result = { file: '/f', bytes: 99, engines: 2, engine_bytes: 18, constants: 1, constant_bytes: 5 };
    const nodes = [alone, { ...shared, rows: 4 }, { ...shared, rows: 8 }];
    assert.deepEqual(embedText({ ...result, nodes, warnings: ['no room'] }).split('\n'), [
      '/f: 99 bytes: 2 engines of 18 bytes, weights of 5 bytes',
      'TrtNode 0: batch 1, 7 operators, engine 9 bytes, precision fp16, TensorRT 11, serves no other batch: other shapes',
      'TrtNode 0: batches 4, 8, 7 operators, engine 9 bytes, precision fp16, TensorRT 11',
      'warning: no room',
    ]);
  });

  it('looks at the place of the file before anything is built', async () => {
    const model = await servable('plain', 1, doublingModel([-1, 4]));
    const refusal = async (output: string): Promise<string> => {
      try {
        await embedModel(args('auto'), { ...wanted, model, output }, withTensorrt());
      } catch (caught) {
        return String(caught);
      }
      return 'none';
    };
    const folder = path.join(repository, 'folder.mindplan');
    await mkdir(folder);
    assert.equal(await refusal(folder), `CommandFailure: --embed ${folder}: is a folder`);
    const lost = path.join(repository, 'absent', 'a.mindplan');
    assert.equal(await refusal(lost), `CommandFailure: --embed ${lost}: its folder: no such file or folder`);
    const inFile = path.join(model, 'a.mindplan');
    assert.match(await refusal(inFile), /: its folder is none$/);
    assert.equal(await refusal('a.engine'), 'UsageError: --embed: found "a.engine", want a name ending in .mindplan');
    assert.equal(addon.embeds.length, 0);
  });

  it('says in one line that the file could not be written', async () => {
    const model = await servable('plain', 1, doublingModel([-1, 4]));
    const output = path.join(repository, 'full.mindplan');
    const failing = Object.assign(withTensorrt(), {
      embed: () =>
        Promise.reject(new ServingError('INTERNAL', `${output}: cannot be written: No space left on device`)),
    });
    await assert.rejects(embedModel(args('auto'), { ...wanted, model, output }, failing), {
      name: 'CommandFailure',
      message: `--embed ${output}: cannot be written: No space left on device`,
    });
  });

  it('passes on what went otherwise, and tells where it is', async () => {
    const model = await servable('plain', 1, doublingModel([-1, 4]));
    const events: NativeEvent[] = [
      { level: 'warn', event: 'engine.fallback', engine: 'tensorrt', cause: 'no memory' },
      { level: 'debug', event: 'build.progress', subgraph: 1, subgraphs: 2, fraction: 0.5, step: 'timing' },
    ];
    const scripted = Object.assign(withTensorrt(), { drainEvents: () => events.splice(0) });
    const steps: string[] = [];
    const output = path.join(repository, 'told.mindplan');
    const result = await embedModel(args('auto'), { ...wanted, model, output }, scripted, (step) => steps.push(step));
    assert.deepEqual(result.warnings, [
      'engine.fallback, engine tensorrt, cause no memory',
      '--buckets: the model has no open batch size, they mean nothing',
    ]);
    assert.ok(steps.includes('subgraph 1 of 2: timing, 50 %'));
  });

  it('says in one line why it cannot', async () => {
    const output = path.join(repository, 'none.mindplan');
    const model = await servable('plain', 1, doublingModel([1, 4]));
    await assert.rejects(
      embedModel(args('auto'), { ...wanted, model, output }, addon),
      /^CommandFailure: --embed: TensorRT is not available: libnvinfer\.so is not installed$/,
    );
    await assert.rejects(
      embedModel(args('cpu'), { ...wanted, model, output }, withTensorrt()),
      /found engine cpu, want auto or tensorrt/,
    );
    assert.throws(() => bucketsOption('1,x'), /--buckets: found "1,x"/);
    assert.throws(() => bucketsOption('0'), /at least 1/);
    assert.deepEqual(bucketsOption('8,2,2'), [2, 8]);
  });
});

describe('inspect: shapes by name', () => {
  it('are put in graph order, others get 1 for unknown sizes', async () => {
    const seen: unknown[] = [];
    const inputs = [
      { name: 'a', dtype: 'FP32', shape: [-1, 3] },
      { name: 'b', dtype: 'FP32', shape: [-1, -1] },
    ];
    const fake = {
      inspect: async (
        _: string,
        options: { readonly stage: string; readonly json: boolean; readonly shapes: unknown },
      ) => {
        seen.push(options.shapes);
        return options.json ? JSON.stringify({ inputs }) : `${options.stage} text`;
      },
    };
    const base = { model: 'm.mindir', stage: 'plan', engines: ['cpu'], json: false } as const;
    assert.equal(await inspect({ ...base, shapes: new Map([['b', [4, 5]]]) }, fake), 'plan text');
    assert.deepEqual(seen.at(-1), [
      [1, 3],
      [4, 5],
    ]);
    await assert.rejects(
      inspect({ ...base, shapes: new Map([['c', [1]]]) }, fake),
      /m\.mindir: no input "c", the model has a, b/,
    );
    await assert.rejects(
      inspect({ ...base, shapes: new Map([['a', [2, 4]]]) }, fake),
      /input "a": shape \[2,4\] does not fit \[-1,3\]/,
    );
  });

  it('without shapes the model is read once, under its absolute path', async () => {
    const file = await servable('one', 1, doublingModel([1, 4]));
    const text = await inspect(
      { model: path.relative(process.cwd(), file), stage: 'file', engines: ['cpu'], json: true, shapes: new Map() },
      addon,
    );
    assert.equal((JSON.parse(text) as { stage: string }).stage, 'file');
  });
});
