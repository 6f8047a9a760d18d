// What is being built just now, gathered from the events of native code, for readiness, metrics, the status page and the log.
//
// Native code tells where a build stands several times a second ("build.progress") and that it is over ("build.ended"). A build
// that takes long gets a line in the log every few seconds; a short one gets none.

import type { Log } from '../log.ts';
import type { NativeEvent } from '../native/binding-types.ts';
import type { ModelObserver } from './observer.ts';
import type { BuildView, RunningBuild } from './served.ts';

/** A build that takes longer is logged, and again each time as long has passed. */
const logEveryMs = 5000;

/** `name/version`, as native code knows a model. */
const label = /^(.+)\/(\d+)$/;

const cacheEvent = /^engine\.cache\.(hit|miss|invalid|disabled)$/;

type Standing = Omit<RunningBuild, 'elapsedMs'> & { readonly beganAt: number };

export interface BuildsParts {
  readonly log: Pick<Log, 'info'>;
  readonly observer: Pick<ModelObserver, 'engineBuilt' | 'cacheLookup' | 'backgroundBuild'>;
  /** Other engines serve a version now, or will not. */
  swapped(name: string, version: string): void;
}

export class Builds implements BuildView {
  readonly #parts: BuildsParts;
  readonly #now: () => number;
  readonly #running = new Map<string, Standing>();
  readonly #loggedAt = new Map<string, number>();

  /** `now` in milliseconds on a steady clock. */
  constructor(parts: BuildsParts, now: () => number = () => performance.now()) {
    this.#parts = parts;
    this.#now = now;
  }

  of(name: string, version: string): RunningBuild | undefined {
    const standing = this.#running.get(`${name}/${version}`);
    return standing === undefined ? undefined : this.#at(standing);
  }

  running(): readonly RunningBuild[] {
    return [...this.#running.values()].map((standing) => this.#at(standing));
  }

  /** Takes one event of native code. */
  take(event: NativeEvent): void {
    const [, name, version] = label.exec(text(event['model'])) ?? [];
    if (name === undefined || version === undefined) return;
    const { observer, swapped } = this.#parts;
    const engine = text(event['engine']);
    if (event.event === 'build.progress') this.#progress(name, version, event);
    else if (event.event === 'build.ended') this.#end(`${name}/${version}`);
    else if (event.event === 'engine.build')
      observer.engineBuilt(engine, text(event['result']), count(event['duration_ms']) / 1000);
    else if (event.event === 'engine.build.background.finished' || event.event === 'engine.build.background.failed') {
      observer.backgroundBuild(name, event.event === 'engine.build.background.finished' ? 'swapped' : 'failed');
      swapped(name, version);
    } else {
      const [, result] = cacheEvent.exec(event.event) ?? [];
      if (result !== undefined) observer.cacheLookup(engine, result);
    }
  }

  /** Logs the builds that have taken long; called now and then. */
  tell(): void {
    for (const [key, standing] of this.#running) {
      const now = this.#now();
      if (now - (this.#loggedAt.get(key) ?? standing.beganAt) < logEveryMs) continue;
      this.#loggedAt.set(key, now);
      const { name, version, engine, subgraph, subgraphs, fraction, step, elapsedMs } = this.#at(standing);
      const keys = { model: name, version, engine, subgraph, subgraphs, step, duration_ms: Math.round(elapsedMs) };
      this.#parts.log.info('engine.build.progress', { ...keys, fraction: Number(fraction.toFixed(3)) });
    }
  }

  #progress(name: string, version: string, event: NativeEvent): void {
    const [plan, plans] = [count(event['plan']), Math.max(1, count(event['plans']))];
    const [subgraph, subgraphs] = [count(event['subgraph']), Math.max(1, count(event['subgraphs']))];
    const done = (Math.max(0, subgraph - 1) + count(event['fraction'])) / subgraphs;
    const key = `${name}/${version}`;
    const beganAt = this.#now() - count(event['duration_ms']);
    this.#running.set(key, {
      name,
      version,
      engine: text(event['engine']),
      subgraph,
      subgraphs,
      fraction: Math.min(1, (Math.max(0, plan - 1) + done) / plans),
      step: text(event['step']),
      background: event['background'] === true,
      // The first reading stands, so that the time that has passed never goes back.
      beganAt: this.#running.get(key)?.beganAt ?? beganAt,
    });
  }

  #end(key: string): void {
    this.#running.delete(key);
    this.#loggedAt.delete(key);
  }

  #at({ beganAt, ...standing }: Standing): RunningBuild {
    return { ...standing, elapsedMs: this.#now() - beganAt };
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
