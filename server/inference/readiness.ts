// One answer to "can I send requests?", for health checks, the protocol's own calls and the HTTP probes alike.

import type { BuildView, ModelDirectory, RunningBuild } from '../model/served.ts';

/** Name of the service whose health equals the server's. */
const SERVER_NAMES: ReadonlySet<string> = new Set(['', 'inference.GRPCInferenceService']);

/** How far the engines of a version are. */
export interface BuildDetail {
  readonly engine: string;
  readonly subgraph: number;
  readonly subgraphs: number;
  /** Of the whole, 0 to 1. */
  readonly fraction: number;
  readonly step: string;
  readonly elapsed_seconds: number;
  /** The version serves meanwhile. */
  readonly background: boolean;
}

/** Which models must be ready for the server to be: one of them, one version of each servable, or none. */
export type Requirement = 'any' | 'all' | 'none';

export interface ReadinessDetail {
  readonly ready: boolean;
  readonly require: Requirement;
  readonly draining: boolean;
  readonly settled: boolean;
  readonly models: readonly {
    readonly name: string;
    readonly version: string;
    readonly state: string;
    readonly reason: string;
    /** Only while its engines are built. */
    readonly build?: BuildDetail;
  }[];
}

/** A running build as it is told outside. */
export function buildDetail(build: RunningBuild): BuildDetail {
  const { engine, subgraph, subgraphs, fraction, step, background, elapsedMs } = build;
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  return {
    engine,
    subgraph,
    subgraphs,
    fraction: round(fraction),
    step,
    elapsed_seconds: round(elapsedMs / 1000),
    background,
  };
}

export class Readiness {
  readonly #models: ModelDirectory;
  readonly #builds: BuildView | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #requirement: Requirement;
  #draining = false;
  #opened = false;

  constructor(models: ModelDirectory, builds?: BuildView, requirement: Requirement = 'any') {
    this.#models = models;
    this.#builds = builds;
    this.#requirement = requirement;
    this.#unsubscribe = models.subscribe(() => this.refresh());
  }

  /** Start-up is over, no drain has begun, the models that must be ready are, and none fails on its device. */
  get ready(): boolean {
    const up = this.#opened && !this.#draining && this.#models.settled() && !this.#models.failing();
    return up && this.#isMet();
  }

  #isMet(): boolean {
    if (this.#requirement === 'none') return true;
    const states = new Map<string, boolean>();
    for (const { name, state } of this.#models.versions()) {
      if (state === 'ready' && this.#requirement === 'any') return true;
      if (state !== 'gone') states.set(name, state === 'ready' || states.get(name) === true);
    }
    return this.#requirement === 'all' && states.size > 0 && [...states.values()].every(Boolean);
  }

  /** Changes what must be ready. */
  require(requirement: Requirement): void {
    this.#requirement = requirement;
    this.refresh();
  }

  /** From now on what is ready is said to be; before, the ports answer and nothing is. */
  open(): void {
    this.#opened = true;
    this.refresh();
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Whether one servable can take requests; version '' = any. */
  modelReady(name: string, version: string): boolean {
    if (this.#draining || !this.#opened) return false;
    const labelled = this.#models.labelled?.(name, version) ?? version;
    return this.#models
      .versionsOf(name)
      .some((v) => (version === '' || v.version === labelled) && v.state === 'ready' && v.failing !== true);
  }

  /** Health of a name: '' is the server, anything else a servable; undefined when there is none of that name. */
  healthOf(service: string): boolean | undefined {
    if (SERVER_NAMES.has(service)) return this.ready;
    if (this.#models.versionsOf(service).every((v) => v.state === 'gone')) return undefined;
    return this.modelReady(service, '');
  }

  detail(): ReadinessDetail {
    const models = this.#models.versions().map(({ name, version, state, reason }) => {
      const build = this.buildOf(name, version);
      return { name, version, state, reason, ...(build === undefined ? {} : { build }) };
    });
    const require = this.#requirement;
    return { ready: this.ready, require, draining: this.#draining, settled: this.#models.settled(), models };
  }

  /** How far the engines of a version are; undefined when none is being built. */
  buildOf(name: string, version: string): BuildDetail | undefined {
    const build = this.#builds?.of(name, version);
    if (build === undefined) return undefined;
    return buildDetail(build);
  }

  /** Called after whatever may have changed an answer. Returns an unsubscribe function. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the listeners to ask again. */
  refresh(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** From now on nothing is ready. */
  drain(): void {
    this.#draining = true;
    this.#unsubscribe();
    this.refresh();
  }
}
