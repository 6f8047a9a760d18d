// Owns the copies of all versions and performs what the policy decides.
//
//   look at the repository ─► apply(scan): copies made, wanted/present marked ─► pump(): nextAction … until none
//                                                                                   ▲
//   a load ended · the last lease came back · an unload ended ──────────────────────┘
//
// A version is reachable before it is announced ready and unreachable before it is drained. Loads run one at a time on a
// native thread; nothing here waits for them.

import { describeProblem } from '../config/problem.ts';
import type { ServableConfig } from '../config/servable-fields.ts';
import type { ErrorCode } from '../errors.ts';
import { ServingError, toServingError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { LoadOptions, NativeAddon, NativeModel } from '../native/binding-types.ts';
import { Copy } from './copy.ts';
import { Directory } from './directory.ts';
import type { EngineChoice } from './engines.ts';
import { servableEngines } from './engines.ts';
import { isPending } from './lifecycle.ts';
import type { ModelObserver } from './observer.ts';
import type { FoundServable, FoundVersion, Scan } from './repository.ts';
import type { Lease, ModelDirectory, VersionStatus } from './served.ts';
import type { LoadDefaults } from './served-version.ts';
import { loadOptions, ServedVersion } from './served-version.ts';
import type { Action, Snapshot, VersionPolicy, Wanted } from './version-policy.ts';
import { nextAction, wantedVersions } from './version-policy.ts';

/** Settings a reload may change. */
export interface ManagerSettings {
  readonly keepVersions: number;
}

export interface ManagerParts {
  readonly native: Pick<NativeAddon, 'load' | 'systemInfo'>;
  readonly log: Log;
  readonly observer: ModelObserver;
  readonly defaults: LoadDefaults;
  readonly engines: EngineChoice;
  /** The server's engine setting overrides what servables ask for. */
  readonly overrideEngines: boolean;
  /** Called when the native side of a load has ended, before its outcome is logged. */
  afterLoad?(): void;
}

/** Looks that start-up waits for files that keep changing; then it is over without them. */
const patience = 20;

export class ModelManager implements ModelDirectory {
  readonly #parts: ManagerParts;
  readonly #directory = new Directory();
  readonly #copies = new Map<number, Copy>();
  readonly #servables = new Map<string, FoundServable>();
  readonly #idle: (() => void)[] = [];
  readonly #onSettled: (() => void)[] = [];
  #settings: ManagerSettings;
  #unstable: ReadonlySet<string> = new Set();
  #nextId = 1;
  #looks = 0;
  #settled = false;
  #stopping = false;
  #pumping = false;

  constructor(parts: ManagerParts, settings: ManagerSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  lease(name: string, version: string): Lease {
    return this.#directory.lease(name, version);
  }

  versions(): readonly VersionStatus[] {
    return this.#directory.versions();
  }

  subscribe(listener: (status: VersionStatus) => void): () => void {
    return this.#directory.subscribe(listener);
  }

  settled(): boolean {
    return this.#settled;
  }

  /** Resolves when start-up is over: every wanted version is ready or failed. */
  whenSettled(): Promise<void> {
    return this.#settled ? Promise.resolve() : new Promise((resolve) => this.#onSettled.push(resolve));
  }

  /** Changes settings; takes effect at once. */
  configure(settings: ManagerSettings): void {
    this.#settings = settings;
    this.#pump();
  }

  /** Takes over what a look at the repository found; `unstable` versions (`name/version`) are left for a later look. */
  apply(scan: Scan, unstable: ReadonlySet<string>): void {
    const found = new Set([...scan.servables.map((servable) => servable.name), ...scan.unreadable]);
    for (const name of this.#servables.keys()) if (!found.has(name)) this.#servables.delete(name);
    for (const servable of scan.servables) {
      const before = this.#servables.get(servable.name);
      // With a broken file the former configuration and versions stay in force.
      if (servable.config !== undefined || before?.config === undefined) this.#servables.set(servable.name, servable);
    }
    this.#unstable = unstable;
    this.#looks += 1;
    this.#pump();
  }

  /** Drains every version; resolves when all are unloaded. Loads that are running are not waited for. */
  stop(): Promise<void> {
    this.#stopping = true;
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#pump();
    });
  }

  /** Unloads without waiting for leases; their requests complete with NOT_READY. */
  async abandon(): Promise<void> {
    const served = [...this.#copies.values()].flatMap((copy) => copy.served?.native ?? []);
    await Promise.all(served.map((native) => native.close()));
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (;;) {
        if (this.#refresh()) continue;
        const action = nextAction([...this.#copies.values()].map((copy) => copy.snapshot()));
        if (action === undefined) break;
        this.#perform(action);
      }
    } finally {
      this.#pumping = false;
    }
    this.#checkSettled();
    this.#checkIdle();
  }

  /** Marks what is wanted and present, and makes copies of what is wanted and has none; true if it made one. */
  #refresh(): boolean {
    for (const copy of this.#copies.values()) {
      copy.wanted = false;
      copy.present = false;
    }
    if (this.#stopping) return false;
    const before = this.#nextId;
    for (const servable of this.#servables.values()) this.#refreshServable(servable);
    return this.#nextId !== before;
  }

  #refreshServable(servable: FoundServable): void {
    const own = [...this.#copies.values()].filter((copy) => copy.name === servable.name);
    const steady = servable.versions.filter((found) => !this.#unstable.has(`${servable.name}/${found.version}`));
    const snapshots = own.map((copy) => copy.snapshot());
    const candidates = [...steady, ...stillCopied(servable, steady, snapshots)];
    for (const copy of own) if (servable.config !== undefined) copy.metrics?.objective(servable.config.slo);
    for (const copy of own) copy.present = candidates.some((found) => isOf(copy, found));
    for (const wanted of wantedVersions(this.#policy(servable.config), candidates, snapshots)) {
      const copies = own.filter((copy) => isOf(copy, wanted));
      for (const copy of copies) copy.wanted = true;
      const found = steady.find(
        (version) => version.version === wanted.version && version.fingerprint === wanted.fingerprint,
      );
      if (copies.length === 0 && found !== undefined) this.#add(servable, found);
    }
  }

  #policy(config: ServableConfig | undefined): VersionPolicy {
    const specific = config?.versions.specific ?? [];
    return specific.length > 0 ? { specific } : { latest: config?.versions.latest ?? this.#settings.keepVersions };
  }

  #add(servable: FoundServable, found: FoundVersion): void {
    const copy = new Copy(this.#nextId++, servable.name, found, servable.config, () => this.#pump());
    this.#copies.set(copy.id, copy);
    this.#directory.add(copy);
    const problems = servable.problems.map((problem) =>
      describeProblem({ ...problem, source: 'servable_config.yaml' }),
    );
    const problem = servable.config === undefined ? problems.join('; ') : found.problem;
    if (problem !== '') this.#fail(copy, 'INVALID_MODEL', problem);
  }

  #perform(action: Action): void {
    const copy = this.#copies.get(action.id);
    if (copy === undefined) return;
    if (action.kind === 'load') void this.#load(copy);
    else if (action.kind === 'unload') void this.#unload(copy);
    else if (action.kind === 'drain') this.#drain(copy);
    else this.#forget(copy);
  }

  async #load(copy: Copy): Promise<void> {
    const { config, found } = copy;
    if (config === undefined) return;
    const { native, log, engines, overrideEngines, defaults } = this.#parts;
    const choice = servableEngines(config.model.engines, engines, overrideEngines, native.systemInfo().engines);
    for (const missing of choice.missing)
      log.warn('engine.missing', { model: copy.name, version: copy.version, error: `not available: ${missing}` });
    copy.move('loading');
    this.#directory.changed(copy);
    log.info('model.loading', {
      model: copy.name,
      version: copy.version,
      path: found.file,
      bytes: found.bytes,
      engine: choice.engines.join(','),
    });
    const start = performance.now();
    let model: NativeModel | undefined;
    try {
      if (choice.engines.length === 0)
        throw new ServingError('UNSUPPORTED', `none of its engines is available: ${choice.missing.join(', ')}`);
      const options = loadOptions(copy.label, found.file, config, choice.engines, defaults);
      model = await native.load(options).finally(() => this.#parts.afterLoad?.());
      this.#open(copy, config, model, options, performance.now() - start);
    } catch (caught) {
      await model?.close();
      const error = toServingError(caught);
      this.#fail(copy, error.code, error.message);
    }
    this.#pump();
  }

  #open(copy: Copy, config: ServableConfig, native: NativeModel, options: LoadOptions, loadMs: number): void {
    const { name, version } = copy;
    const report: unknown = JSON.parse(native.report());
    const metrics = this.#parts.observer.opened({ name, version, native, config, report, loadMs });
    copy.metrics = metrics;
    copy.served = new ServedVersion(name, version, native, metrics, options, { loadMs, readyAt: Date.now() });
    copy.move('ready');
    this.#directory.reach(copy);
    this.#directory.changed(copy);
    this.#parts.log.info('model.ready', { model: name, version, duration_ms: Math.round(loadMs) });
  }

  #fail(copy: Copy, code: ErrorCode, reason: string): void {
    copy.move('failed', reason);
    this.#directory.changed(copy);
    this.#parts.observer.loadFailed(copy.name, code);
    this.#parts.log.error('model.failed', {
      model: copy.name,
      version: copy.version,
      code,
      error: reason,
      path: copy.found.file,
    });
  }

  #drain(copy: Copy): void {
    this.#directory.unreach(copy);
    copy.move('draining');
    this.#directory.changed(copy);
    this.#parts.log.info('model.draining', { model: copy.name, version: copy.version, count: copy.leases.count });
  }

  /** The device of a version (its label: `name/version`) has failed or works again. */
  recheck(label: string): void {
    for (const copy of this.#copies.values()) if (copy.label === label) this.#directory.changed(copy);
  }

  /** Other plans serve this version now: its metrics read the report anew. */
  reread(name: string, version: string): void {
    for (const copy of this.#copies.values()) {
      if (copy.name !== name || copy.version !== version || copy.served === undefined || copy.state === 'unloading')
        continue;
      const report: unknown = JSON.parse(copy.served.native.report());
      copy.metrics?.reported(report);
    }
  }

  async #unload(copy: Copy): Promise<void> {
    copy.move('unloading');
    this.#directory.changed(copy);
    const { served } = copy;
    try {
      await served?.native.close();
    } catch (caught) {
      this.#parts.log.error('model.unload_failed', {
        model: copy.name,
        version: copy.version,
        error: toServingError(caught).message,
      });
    }
    copy.metrics?.close();
    copy.served = undefined;
    copy.move('gone');
    this.#parts.log.info('model.unloaded', { model: copy.name, version: copy.version });
    this.#pump();
  }

  #forget(copy: Copy): void {
    if (copy.state !== 'gone') copy.move('gone');
    this.#copies.delete(copy.id);
    this.#directory.remove(copy);
  }

  #checkSettled(): void {
    const pending = [...this.#copies.values()].some((copy) => copy.wanted && isPending(copy.state));
    const changing = this.#unstable.size > 0 && this.#looks < patience;
    if (this.#looks === 0 || pending || changing) return;
    this.#settled = true;
    for (const resolve of this.#onSettled.splice(0)) resolve();
  }

  #checkIdle(): void {
    const busy = [...this.#copies.values()].some((copy) => copy.state !== 'loading' && copy.state !== 'failed');
    if (busy || !this.#stopping) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

function isOf(copy: Copy, files: Wanted): boolean {
  return copy.found.version === files.version && copy.found.fingerprint === files.fingerprint;
}

/** Versions whose files are changing just now keep the copies made from their former files. */
function stillCopied(
  servable: FoundServable,
  steady: readonly FoundVersion[],
  copies: readonly Snapshot[],
): readonly Wanted[] {
  return servable.versions
    .filter((found) => !steady.includes(found))
    .flatMap((found) => copies.filter((copy) => copy.version === found.version && copy.state === 'ready'))
    .map(({ version, fingerprint }) => ({ version, fingerprint }));
}
