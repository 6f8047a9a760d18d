// One answer to "can I send requests?", for health checks, the protocol's own calls and the HTTP probes alike.

import type { ModelDirectory } from '../model/served.ts';

/** Name of the service whose health equals the server's. */
const SERVER_NAMES: ReadonlySet<string> = new Set(['', 'inference.GRPCInferenceService']);

export interface ReadinessDetail {
  readonly ready: boolean;
  readonly draining: boolean;
  readonly settled: boolean;
  readonly models: readonly {
    readonly name: string;
    readonly version: string;
    readonly state: string;
    readonly reason: string;
  }[];
}

export class Readiness {
  readonly #models: ModelDirectory;
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #draining = false;

  constructor(models: ModelDirectory) {
    this.#models = models;
    this.#unsubscribe = models.subscribe(() => this.refresh());
  }

  /** Start-up is over and no drain has begun. */
  get ready(): boolean {
    return !this.#draining && this.#models.settled();
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Whether one servable can take requests; version '' = any. */
  modelReady(name: string, version: string): boolean {
    if (this.#draining) return false;
    return this.#models
      .versions()
      .some((v) => v.name === name && (version === '' || v.version === version) && v.state === 'ready');
  }

  /** Health of a name: '' is the server, anything else a servable; undefined when there is none of that name. */
  healthOf(service: string): boolean | undefined {
    if (SERVER_NAMES.has(service)) return this.ready;
    if (!this.#models.versions().some((v) => v.name === service && v.state !== 'gone')) return undefined;
    return this.modelReady(service, '');
  }

  detail(): ReadinessDetail {
    const models = this.#models
      .versions()
      .map(({ name, version, state, reason }) => ({ name, version, state, reason }));
    return { ready: this.ready, draining: this.#draining, settled: this.#models.settled(), models };
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
