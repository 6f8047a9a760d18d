// Engines that take long: built while the cpu engine serves and swapped in under load, or waited for; either way one can see how far they are.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { projectPath } from '../../../server/util/root.ts';
import { CaseServer, listCases } from '../../models/cases.ts';
import { nativeAddon, ServerProcess, Workplace } from '../../support/server-process.ts';
import { until } from '../../support/until.ts';
import { buildersOf, standInEnvironment } from './stand-ins.ts';

const kModel = 'lenet5';
const kClients = 3;
const cases = listCases('networks', { rtol: 1e-3, atol: 1e-4 }).filter(({ name }) => name === kModel);

interface Build {
  readonly engine: string;
  readonly subgraph: number;
  readonly subgraphs: number;
  readonly fraction: number;
  readonly step: string;
  readonly elapsed_seconds: number;
  readonly background: boolean;
}

interface Readiness {
  readonly ready: boolean;
  readonly models: readonly { readonly name: string; readonly state: string; readonly build?: Build }[];
}

interface EngineBuild {
  readonly mode: string;
  readonly state: string;
  readonly cause?: string;
}

async function readiness(server: CaseServer): Promise<Readiness> {
  return (await (await fetch(`${server.process.httpUrl}/readyz`)).json()) as Readiness;
}

async function buildOf(server: CaseServer): Promise<Build | undefined> {
  return (await readiness(server)).models.find(({ name }) => name === kModel)?.build;
}

async function text(server: CaseServer, page: string): Promise<string> {
  return (await fetch(`${server.process.httpUrl}/${page}`)).text();
}

async function engineBuild(server: CaseServer): Promise<EngineBuild> {
  return ((await server.report(kModel)) as unknown as { readonly engine_build: EngineBuild }).engine_build;
}

async function heard(server: CaseServer, event: string): Promise<void> {
  await until(() => server.process.logged(event).length > 0, event);
}

async function enginesOf(server: CaseServer): Promise<ReadonlySet<string>> {
  const { plans } = await server.report(kModel);
  return new Set(plans.flatMap(({ partitions }) => partitions.map(({ engine }) => engine)));
}

function start(nvinfer: string, place?: Workplace): Promise<CaseServer> {
  const environment = { ...standInEnvironment({ nvinfer }), MINDIRD_ENGINE_BUILD: 'background' };
  return CaseServer.start('networks', cases, 'auto', { environment, ...(place === undefined ? {} : { place }) });
}

function provide(place: Workplace): void {
  const model = readFileSync(projectPath('test', 'networks', `${kModel}.mindir`));
  place.put(`servables/${kModel}/1/model.mindir`, model);
}

/** So many layers has the network. */
const kSteps = 20;

/** The steps a build may take, in a file of the place that its builder reads. */
class Gate {
  readonly #place: Workplace;
  #open = 0;

  constructor(place: Workplace) {
    this.#place = place;
  }

  /** For the stand-in to read. */
  get setting(): string {
    return `build_gate=${this.#place.path('gate')}`;
  }

  /**
   * Lets the build take a step at a time until `look` has told of so many different fractions. Steps that follow each other within a fifth of a second
   * are told of as one, so there is a pause between them; one that was not told of for all that is given up, and the next one taken.
   */
  async stepUntilSeen(look: () => Promise<Build | undefined>, count: number): Promise<readonly Build[]> {
    const seen: Build[] = [];
    const fractions = (): number => new Set(seen.map(({ fraction }) => fraction)).size;
    while (fractions() < count) {
      assert.ok(this.#open < kSteps, `${this.#open} steps gave ${fractions()} fractions`);
      this.#place.put('gate', String(++this.#open));
      const before = fractions();
      for (let looks = 0; looks < 100 && fractions() === before; looks++) {
        const build = await look();
        if (build !== undefined) seen.push(build);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    return seen;
  }

  open(): void {
    this.#place.put('gate', '1000000');
  }
}

/** Requests without a pause from several clients until `done` and then some; resolves to how many were answered, all of them rightly. */
async function serveUntil(server: CaseServer, done: () => boolean): Promise<number> {
  let answered = 0;
  const client = async (): Promise<void> => {
    for (let after = 0; after < 10; after += done() ? 1 : 0) {
      for (const one of cases) await server.check(one);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: kClients }, client));
  return answered;
}

describe('engines that take long to build', () => {
  it('in the background: served by cpu at once, by TensorRT afterwards, and no request fails', async () => {
    const place = new Workplace();
    const gate = new Gate(place);
    const server = await start(gate.setting, place);
    try {
      assert.deepEqual([...(await enginesOf(server))], ['cpu']);
      assert.deepEqual(
        [(await engineBuild(server)).mode, (await engineBuild(server)).state],
        ['background', 'building'],
      );
      let swapped = false;
      const readyBuild = async (): Promise<Build | undefined> => {
        const { ready, models } = await readiness(server);
        assert.ok(ready, 'a build in the background leaves the server ready');
        return models.find(({ name }) => name === kModel)?.build;
      };
      const watch = async (): Promise<readonly Build[]> => {
        const seen = await gate.stepUntilSeen(readyBuild, 4);
        await heard(server, 'engine.build.progress');
        const progress =
          /^mindird_engine_build_progress_ratio\{model="lenet5",version="1",engine="tensorrt"\} 0\.[0-9]+$/m;
        assert.match(await text(server, 'metrics'), progress);
        gate.open();
        await until(async () => {
          await readyBuild();
          return (await engineBuild(server)).state === 'swapped';
        }, 'the swap');
        swapped = true;
        return seen;
      };
      const [answered, seen] = await Promise.all([serveUntil(server, () => swapped), watch()]);
      assert.ok(answered > 10 * kClients, String(answered));
      assert.deepEqual([...(await enginesOf(server))], ['tensorrt']);

      const fractions = seen.map(({ fraction }) => fraction);
      assert.deepEqual(
        fractions,
        fractions.toSorted((a, b) => a - b),
      );
      const first = seen.at(0);
      assert.deepEqual([first?.engine, first?.subgraphs, first?.background], ['tensorrt', 1, true]);
      // The server hears of the end of a build with the next events it takes from the addon.
      await until(async () => (await buildOf(server)) === undefined, 'the end of the progress');
      await heard(server, 'engine.build.background.finished');

      const after = await text(server, 'metrics');
      assert.match(after, /^mindird_engine_background_builds_total\{model="lenet5",result="swapped"\} 1$/m);
      assert.match(
        after,
        /^mindird_engine_subgraph_build_duration_seconds_count\{engine="tensorrt",result="built"\} 1$/m,
      );
      assert.match(after, /^mindird_partition_nodes\{model="lenet5",version="1",engine="tensorrt"\} [1-9]/m);
      assert.doesNotMatch(after, /^mindird_engine_build_progress_ratio\{/m);
      const { process } = server;
      assert.equal(process.logged('engine.build.background.started').length, 1);
      assert.equal(process.logged('engine.build.background.finished').length, 1);
      const told = process.logged('engine.build.progress');
      assert.deepEqual([told[0]?.['level'], told[0]?.['model'], told[0]?.['engine']], ['info', kModel, 'tensorrt']);
    } finally {
      await server.stop();
      place.close();
    }
  });

  it('in the background and in vain: cpu goes on, with one warning', async () => {
    const server = await start('build=fail');
    try {
      await until(async () => (await engineBuild(server)).state === 'failed', 'the failure');
      assert.match((await engineBuild(server)).cause ?? '', /^nothing runs on tensorrt: .*the build was told to fail/);
      for (const one of cases) await server.check(one);
      assert.deepEqual([...(await enginesOf(server))], ['cpu']);
      await heard(server, 'engine.build.background.failed');
      const warnings = server.process.lines.filter(({ level, event }) => level === 'warn' && event !== 'tensorrt');
      assert.deepEqual(
        warnings.map(({ event }) => event),
        ['engine.build.background.failed'],
      );
      const metrics = await text(server, 'metrics');
      assert.match(metrics, /^mindird_engine_background_builds_total\{model="lenet5",result="failed"\} 1$/m);
      assert.match(
        metrics,
        /^mindird_engine_subgraph_build_duration_seconds_count\{engine="tensorrt",result="failed"\} 1$/m,
      );
    } finally {
      await server.stop();
    }
  });

  it('in the background: the server does not wait for them when it stops', async () => {
    const server = await start('build_gate=/none');
    try {
      await until(async () => (await buildOf(server)) !== undefined, 'the build');
    } finally {
      await server.stop();
    }
  });

  it('in the background: a version that goes takes its builder along', async () => {
    const place = new Workplace();
    const environment = {
      MINDIRD_ADDON: nativeAddon,
      MINDIRD_ENGINE_BUILD: 'background',
      ...standInEnvironment({ nvinfer: 'build_gate=/none' }),
    };
    provide(place);
    const server = await ServerProcess.start(place, { args: ['--engine', 'auto'], environment });
    try {
      await until(() => buildersOf(server.pid) === 1, 'the builder');
      place.remove(`servables/${kModel}`);
      await until(() => buildersOf(server.pid) === 0, 'the end of the builder');
      await until(() => server.logged('model.unloaded').length === 1, 'the unloading');
      assert.equal((await fetch(`${server.httpUrl}/livez`)).status, 200);
      assert.deepEqual(server.logged('engine.build.background.failed'), []);
    } finally {
      await server.close();
      place.close();
    }
  });

  it('waited for: the version is not ready before, and readiness says how far it is', async () => {
    const place = new Workplace();
    const gate = new Gate(place);
    const environment = { MINDIRD_ADDON: nativeAddon, ...standInEnvironment({ nvinfer: gate.setting }) };
    const server = await ServerProcess.start(place, { args: ['--engine', 'auto'], environment });
    const look = async (): Promise<Readiness['models'][number] | undefined> => {
      const { models } = (await (await fetch(`${server.httpUrl}/readyz`)).json()) as Readiness;
      return models.find(({ name }) => name === kModel);
    };
    try {
      provide(place);
      const loadingBuild = async (): Promise<Build | undefined> => {
        const { state, build } = (await look()) ?? { state: 'unseen' };
        assert.ok(['unseen', 'new', 'loading'].includes(state), state);
        return build;
      };
      await until(async () => (await loadingBuild()) !== undefined, 'the build');
      const told = await gate.stepUntilSeen(loadingBuild, 3);
      assert.deepEqual(
        [told[0]?.engine, told[0]?.subgraph, told[0]?.subgraphs, told[0]?.background],
        ['tensorrt', 1, 1, false],
      );
      gate.open();
      await until(async () => {
        const { state, build } = (await look()) ?? {};
        assert.ok(state === 'loading' || (state === 'ready' && build === undefined), state);
        return state === 'ready';
      }, 'the version');
    } finally {
      await server.close();
      place.close();
    }
  });
});
