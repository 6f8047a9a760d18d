// Owns the copies of all versions and performs what the policy decides.
//
//   look at the repository ─► apply(scan): servables that changed are marked ─► pump(): each marked one is settled,
//                                                                                 ▲   then the next load begins
//   a load ended · the last lease came back · an unload ended (marks its servable) ┘
//
// Settling a servable makes copies of what is wanted and performs nextAction until there is none; it looks at no other
// servable. Loads wait in one heap and run one at a time on a native thread; nothing here waits for them.
//
// A version is reachable before it is announced ready and unreachable before it is drained.

import path from 'node:path';
import { describeProblem } from '../config/problem.ts';
import type { ServableConfig } from '../config/servable-fields.ts';
import type { ModulePlan } from '../config/servable-module/plan.ts';
import type { ErrorCode } from '../errors.ts';
import { ServingError, toServingError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { EngineInfo, LoadOptions, NativeAddon, NativeModel, Signature } from '../native/binding-types.ts';
import { type Calibrate, type Calibrated, type CalibrationOrder, calibrated, calibrationOrder } from './calibration.ts';
import { Copy } from './copy.ts';
import { Directory } from './directory.ts';
import type { EngineChoice } from './engines.ts';
import { servableEngines } from './engines.ts';
import { requireTensors } from './expected-tensors.ts';
import { Heap } from './heap.ts';
import { labelledVersions } from './labels.ts';
import { holdsText, requireMemory, versionBytes } from './memory-limit.ts';
import { methodsOf } from './methods.ts';
import { withInputNames } from './named-inputs.ts';
import { NoModel } from './no-model.ts';
import type { ModelObserver } from './observer.ts';
import { QueueTimeouts } from './queue-timeouts.ts';
import type { FoundServable, FoundVersion, Scan } from './repository.ts';
import { ResponseCache } from './response-cache.ts';
import { SecondLines } from './second-line.ts';
import { Servable } from './servable.ts';
import type { AbsentServable, Lease, ModelDirectory, OpenStages, ServedModel, VersionStatus } from './served.ts';
import type { LoadDefaults } from './served-version.ts';
import { loadOptions, ServedVersion } from './served-version.ts';
import type { Action, VersionPolicy } from './version-policy.ts';
import { compareLoads, nextAction } from './version-policy.ts';
import type { VersionStates } from './version-states.ts';

/** Settings a reload may change. */
export interface ManagerSettings {
  readonly keepVersions: number;
  /** Bytes that all models together may hold; absent or null: no limit. */
  readonly memoryLimit?: number | null;
}

/** A version whose model is loaded, as its stages see it. */
export interface StagedVersion {
  /** name/version */
  readonly label: string;
  readonly signature: Signature;
  /** Name of the model's file. */
  readonly file: string;
  /** Loads another model file of the version's folder. */
  load(file: string): Promise<NativeModel>;
}

/** Opens the stages of a version's methods; rejects where they cannot be run. */
export type StageOpener = (plan: ModulePlan, version: StagedVersion) => Promise<OpenStages>;

export interface ManagerParts {
  readonly native: Pick<NativeAddon, 'load' | 'systemInfo'>;
  readonly log: Log;
  readonly observer: ModelObserver;
  readonly defaults: LoadDefaults;
  readonly engines: EngineChoice;
  /** The server's engine setting overrides what servables ask for. */
  readonly overrideEngines: boolean;
  /** Keeps what calls set of versions; without it that ends with the process. */
  readonly states?: Pick<VersionStates, 'of' | 'set'> | undefined;
  /** Without it versions whose methods have stages serve their model alone. */
  readonly stages?: StageOpener;
  /** Without it versions in 8 bits fail. */
  readonly calibrate?: Calibrate;
  /** Runs a version before it is ready, with the files beside its model; rejects where it does not answer well. */
  warmUp?(served: ServedModel, folder: string, samples: ServableConfig['warmUps']): Promise<void>;
  /** Called when the native side of a load has ended, before its outcome is logged. */
  afterLoad?(): void;
}

/** A version that is loaded. */
interface Loaded {
  readonly model: NativeModel;
  readonly options: LoadOptions;
  readonly stages: OpenStages | undefined;
  readonly calibration: Calibrated | undefined;
}

/** Looks that start-up waits for files that keep changing; then it is over without them. */
const patience = 20;

export class ModelManager implements ModelDirectory {
  readonly #parts: ManagerParts;
  readonly #directory = new Directory();
  readonly #servables = new Map<string, Servable>();
  /** Servables that something changed of. */
  readonly #marked = new Set<Servable>();
  /** Copies that wait to be loaded, and some that do so no longer. */
  readonly #loads = new Heap<Copy>(compareLoads);
  readonly #idle: (() => void)[] = [];
  readonly #onSettled: (() => void)[] = [];
  /** Who waits for the outcome of a servable, by its name. */
  readonly #onDecided = new Map<string, (() => void)[]>();
  #settings: ManagerSettings;
  #unstable: ReadonlySet<string> = new Set();
  #known: readonly EngineInfo[] | undefined;
  #scan: Scan | undefined;
  #loading: Copy | undefined;
  #nextId = 1;
  #looks = 0;
  #pending = 0;
  #busy = 0;
  #settled = false;
  #stopping = false;
  #pumping = false;

  constructor(parts: ManagerParts, settings: ManagerSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  lease(name: string, version: string, sticky?: string): Lease {
    return this.#directory.lease(name, version, sticky);
  }

  labelled(name: string, label: string): string | undefined {
    return this.#directory.labelled(name, label);
  }

  versions(): readonly VersionStatus[] {
    return this.#directory.versions();
  }

  versionsOf(name: string): readonly VersionStatus[] {
    return this.#directory.versionsOf(name);
  }

  failing(): boolean {
    return this.#directory.failing();
  }

  subscribe(listener: (status: VersionStatus) => void): () => void {
    return this.#directory.subscribe(listener);
  }

  /** A load is in progress. */
  get isLoading(): boolean {
    return this.#loading !== undefined;
  }

  settled(): boolean {
    return this.#settled;
  }

  /** Resolves when start-up is over: every wanted version is ready or failed. */
  whenSettled(): Promise<void> {
    return this.#settled ? Promise.resolve() : new Promise((resolve) => this.#onSettled.push(resolve));
  }

  /** Resolves when every wanted version of a servable is ready or failed; at once where there is none of that name. */
  whenDecided(name: string): Promise<void> {
    const servable = this.#servables.get(name);
    if (servable === undefined || servable.standing.pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onDecided.set(name, [...(this.#onDecided.get(name) ?? []), resolve]));
  }

  /** Servables of the repository of which nothing is, or becomes, served, by name. */
  absent(): readonly AbsentServable[] {
    const all = [...this.#servables.values()].flatMap(({ name, found, copies }) =>
      found === undefined || copies.size > 0 ? [] : [{ name, reason: whyAbsent(found) }],
    );
    return all.sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Changes settings; takes effect at once. */
  configure(settings: ManagerSettings): void {
    this.#settings = settings;
    this.#markAll();
    this.#pump();
  }

  /**
   * Takes over what a look at the repository found; `unstable` versions (`name/version`) are left for a later look. What is the same
   * object as before is left alone.
   */
  apply(scan: Scan, unstable: ReadonlySet<string>): void {
    if (scan !== this.#scan) this.#take(scan);
    this.#scan = scan;
    for (const key of unstable) if (!this.#unstable.has(key)) this.#markLabel(key);
    for (const key of this.#unstable) if (!unstable.has(key)) this.#markLabel(key);
    this.#unstable = unstable;
    this.#looks += 1;
    this.#pump();
  }

  #take(scan: Scan): void {
    const found = new Set(scan.unreadable);
    for (const servable of scan.servables) {
      found.add(servable.name);
      const own =
        this.#servables.get(servable.name) ?? new Servable(servable.name, this.#parts.states?.of(servable.name));
      this.#servables.set(servable.name, own);
      if (own.found === servable || keepsFormer(own.found, servable)) continue;
      const wasAsked = own.found !== undefined && own.found.unasked === undefined;
      own.found = servable;
      this.#marked.add(own);
      if (servable.unasked !== undefined && wasAsked) this.#parts.observer.forgotten(servable.name);
      else if (servable.unasked === undefined && servable.config !== undefined)
        this.#parts.observer.known(servable.name, servable.config.slo);
    }
    for (const servable of this.#servables.values()) {
      if (servable.found === undefined || found.has(servable.name)) continue;
      servable.found = undefined;
      this.#marked.add(servable);
      this.#parts.observer.forgotten(servable.name);
    }
  }

  #markAll(): void {
    for (const servable of this.#servables.values()) this.#marked.add(servable);
  }

  #markLabel(label: string): void {
    const servable = this.#servables.get(label.slice(0, label.lastIndexOf('/')));
    if (servable !== undefined) this.#marked.add(servable);
  }

  /** Changes how a servable of the repository is served; throws NOT_FOUND where there is none of that name. */
  alter(name: string, change: (servable: Servable) => void): void {
    const servable = this.#servables.get(name);
    if (servable?.found === undefined) throw new ServingError('NOT_FOUND', `${name}: no such servable`);
    change(servable);
    this.#changed(name);
  }

  /** Tries the versions of a servable that failed once more, with the files they failed with; throws NOT_FOUND. */
  retry(name: string): void {
    this.alter(name, (servable) => {
      for (const copy of servable.copies.values()) if (copy.state === 'failed') this.#forget(servable, copy);
    });
  }

  /** Something changed of one servable. */
  #changed(name: string): void {
    const servable = this.#servables.get(name);
    if (servable !== undefined) this.#marked.add(servable);
    this.#pump();
  }

  /** Drains every version; resolves when all are unloaded. Loads that are running are not waited for. */
  stop(): Promise<void> {
    this.#stopping = true;
    this.#markAll();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#pump();
    });
  }

  /** Unloads without waiting for leases; their requests complete with NOT_READY. */
  async abandon(): Promise<void> {
    const copies = [...this.#servables.values()].flatMap((servable) => [...servable.copies.values()]);
    await Promise.all(copies.flatMap(({ served }) => [served?.native.close(), served?.stages?.close()]));
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      // What is marked meanwhile comes in the same turn.
      for (const servable of this.#marked) {
        this.#marked.delete(servable);
        this.#settle(servable);
      }
      this.#loadNext();
    } finally {
      this.#pumping = false;
    }
    this.#checkSettled();
    this.#checkIdle();
  }

  #settle(servable: Servable): void {
    for (;;) {
      if (this.#refresh(servable)) continue;
      const action = nextAction([...servable.copies.values()].map((copy) => copy.snapshot()));
      if (action === undefined) break;
      this.#perform(servable, action);
    }
    this.#count(servable);
    this.#parts.states?.set(servable.name, servable.isGone ? undefined : servable.set);
    if (servable.standing.pending === 0) this.#decided(servable.name);
    if (servable.isGone) this.#servables.delete(servable.name);
  }

  /** Marks what is wanted and present, and makes copies of what is wanted and has none; true if it made one. */
  #refresh(servable: Servable): boolean {
    if (this.#stopping) {
      servable.unmark();
      return false;
    }
    servable.refresh();
    this.#directory.label(servable.name, servable.labelling);
    const isSteady = (version: number): boolean => !this.#unstable.has(`${servable.name}/${version}`);
    const missing = servable.mark(this.#policy(servable), isSteady);
    for (const found of missing) this.#add(servable, found);
    return missing.length > 0;
  }

  #decided(name: string): void {
    const waiting = this.#onDecided.get(name) ?? [];
    this.#onDecided.delete(name);
    for (const resolve of waiting) resolve();
  }

  #count(servable: Servable): void {
    const before = servable.standing;
    const now = servable.count();
    servable.standing = now;
    this.#pending += now.pending - before.pending;
    this.#busy += now.busy - before.busy;
  }

  #policy({ found, labelling, pinned }: Servable): VersionPolicy {
    if (pinned !== undefined) return { specific: [pinned] };
    const versions = found?.config?.versions;
    const specific = versions?.specific ?? [];
    const also = labelledVersions(labelling);
    if (versions?.all === 'yes') return { latest: Number.POSITIVE_INFINITY };
    if (specific.length > 0) return { specific, also };
    return { latest: versions?.latest ?? this.#settings.keepVersions, also };
  }

  #add(servable: Servable, found: FoundVersion): void {
    const { name, found: { config, problems = [] } = {} } = servable;
    const copy = new Copy(this.#nextId++, name, found, config, () => this.#changed(name));
    servable.copies.set(copy.id, copy);
    this.#directory.add(copy);
    const texts = problems.map((problem) => describeProblem({ ...problem, source: path.basename(problem.source) }));
    const problem = config === undefined ? texts.join('; ') : found.problem;
    if (problem !== '') this.#fail(copy, 'INVALID_MODEL', problem);
    else this.#loads.add(copy);
  }

  #perform(servable: Servable, action: Action): void {
    const copy = servable.copies.get(action.id);
    if (copy === undefined) return;
    if (action.kind === 'unload') void this.#unload(copy);
    else if (action.kind === 'drain') this.#drain(copy);
    else this.#forget(servable, copy);
  }

  #loadNext(): void {
    while (this.#loading === undefined) {
      const copy = this.#loads.take();
      if (copy === undefined) return;
      if (copy.state !== 'new' || !copy.wanted) continue;
      this.#loading = copy;
      void this.#load(copy);
    }
  }

  async #load(copy: Copy): Promise<void> {
    const { config, found } = copy;
    if (config === undefined) return;
    const { native, log, engines, overrideEngines, defaults } = this.#parts;
    this.#known ??= native.systemInfo().engines;
    const choice = servableEngines(config.model.engines, engines, overrideEngines, this.#known);
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
    let stages: OpenStages | undefined;
    try {
      if (choice.engines.length === 0)
        throw new ServingError('UNSUPPORTED', `none of its engines is available: ${choice.missing.join(', ')}`);
      const options = loadOptions(copy.label, found.file, config, choice.engines, defaults);
      const limits = { own: config.model.memory_limit, total: this.#settings.memoryLimit ?? null };
      const others = (): number => this.#heldBytes();
      requireMemory(limits, found.bytes, `${copy.label}: its files have`, others);
      const order = calibrationOrder(copy.label, found.file, config, defaults);
      const calibration = order === undefined ? undefined : await this.#calibrated(copy, order);
      const file = calibration?.file ?? options.path;
      model = file === '' ? new NoModel(copy.label) : await this.#loadFile({ ...options, path: file });
      stages = await this.#openStages(config, model, options);
      const answers = config.model.response_cache ?? 0;
      const held = versionBytes([model, ...(stages?.natives ?? [])], answers);
      requireMemory(limits, held, holdsText(copy.label, answers), others);
      await this.#open(copy, config, { model, options, stages, calibration }, performance.now() - start);
    } catch (caught) {
      await Promise.all([stages?.close(), model?.close()]);
      copy.metrics?.close();
      copy.metrics = undefined;
      copy.served = undefined;
      const error = toServingError(caught);
      this.#fail(copy, error.code, error.message);
    }
    this.#loading = undefined;
    this.#changed(copy.name);
  }

  /** What the loaded versions hold. */
  #heldBytes(): number {
    const copies = [...this.#servables.values()].flatMap((servable) => [...servable.copies.values()]);
    return copies.reduce((sum, { served }) => {
      if (served === undefined) return sum;
      return sum + versionBytes([served.native, ...(served.stages?.natives ?? [])], served.responses?.limit ?? 0);
    }, 0);
  }

  /** A version in 8 bits, quantised anew or at a former start. */
  async #calibrated({ name, version }: Copy, order: CalibrationOrder): Promise<Calibrated> {
    this.#parts.log.info('model.calibrating', { model: name, version, path: order.data });
    const start = performance.now();
    const done = await calibrated(order, this.#parts.calibrate);
    const { cache: result, quantised } = done.report;
    const duration = Math.round(performance.now() - start);
    const keys = { model: name, version, result, count: quantised.length, duration_ms: duration };
    this.#parts.log.info('model.calibrated', keys);
    return done;
  }

  #loadFile(options: LoadOptions): Promise<NativeModel> {
    return this.#parts.native.load(options).finally(() => this.#parts.afterLoad?.());
  }

  async #openStages(
    { chains }: ServableConfig,
    { signature }: NativeModel,
    options: LoadOptions,
  ): Promise<OpenStages | undefined> {
    if (chains === undefined) return undefined;
    const { label, path: main } = options;
    return this.#parts.stages?.(chains, {
      label,
      signature,
      file: path.basename(main),
      load: (file) => this.#loadFile({ ...options, path: path.join(path.dirname(main), file), outputNames: [] }),
    });
  }

  async #open(copy: Copy, config: ServableConfig, loaded: Loaded, loadMs: number): Promise<void> {
    const { name, version } = copy;
    const { model: native, options, stages, calibration } = loaded;
    const signature = withInputNames(native.signature, config.model.inputs);
    requireTensors(signature, config.triton.tensors);
    const report: unknown = JSON.parse(native.report());
    const others = stages?.natives ?? [];
    const { queue_timeout: wait, priority_timeouts: waits, ...queue } = config.batching;
    const lines = linesOf(copy.label, queue);
    const opened = { name, version, native, others, delayed: lines, config, report, loadMs };
    const metrics = this.#parts.observer.opened(opened);
    copy.metrics = metrics;
    const methods = [...(stages?.methods ?? []), ...methodsOf(config)];
    const batchDim = config.mindspore_serving.batch_dim === 'yes';
    const { response_cache: kept } = config.model;
    const responses = kept === null ? undefined : new ResponseCache(kept);
    const queueTimeouts = new QueueTimeouts(wait, waits);
    const facts = {
      signature,
      loadMs,
      readyAt: Date.now(),
      methods,
      batchDim,
      stages,
      responses,
      queueTimeouts,
      lines,
      calibration: calibration?.report,
    };
    copy.served = new ServedVersion(name, version, native, metrics, options, facts);
    const { file } = copy.found;
    if (file !== '') await this.#parts.warmUp?.(copy.served, path.dirname(file), config.warmUps);
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
    const servable = this.#servables.get(label.slice(0, label.lastIndexOf('/')));
    for (const copy of servable?.copies.values() ?? []) if (copy.label === label) this.#directory.changed(copy);
  }

  /** Other plans serve this version now: its metrics read the report anew. */
  reread(name: string, version: string): void {
    for (const copy of this.#servables.get(name)?.copies.values() ?? []) {
      if (copy.version !== version || copy.served === undefined || copy.state === 'unloading') continue;
      const report: unknown = JSON.parse(copy.served.native.report());
      copy.metrics?.reported(report);
    }
  }

  async #unload(copy: Copy): Promise<void> {
    copy.move('unloading');
    this.#directory.changed(copy);
    const { served } = copy;
    try {
      await served?.stages?.close();
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
    this.#changed(copy.name);
  }

  #forget(servable: Servable, copy: Copy): void {
    if (copy.state !== 'gone') copy.move('gone');
    servable.copies.delete(copy.id);
    this.#directory.remove(copy);
  }

  #checkSettled(): void {
    const changing = this.#unstable.size > 0 && this.#looks < patience;
    if (this.#settled || this.#looks === 0 || this.#pending > 0 || changing) return;
    this.#settled = true;
    for (const resolve of this.#onSettled.splice(0)) resolve();
  }

  #checkIdle(): void {
    if (this.#busy > 0 || !this.#stopping) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** With a broken file the former configuration and versions stay in force. */
function keepsFormer(former: FoundServable | undefined, now: FoundServable): boolean {
  return now.config === undefined && now.unasked === undefined && former?.config !== undefined;
}

type QueueSettings = Pick<
  ServableConfig['batching'],
  'when_full' | 'max_queue' | 'max_delayed' | 'delay' | 'priority_delays'
>;

/** Where requests wait for room in a full queue; undefined where they are refused. */
function linesOf(label: string, queue: QueueSettings): SecondLines | undefined {
  if (queue.when_full !== 'delay') return undefined;
  const waits = new QueueTimeouts(queue.delay, queue.priority_delays);
  return new SecondLines({ label, queue: queue.max_queue, most: queue.max_delayed, waits });
}

function whyAbsent({ unasked, versions }: FoundServable): string {
  if (unasked !== undefined) return unasked;
  return versions.length === 0 ? 'has no version folder' : 'none of its versions is wanted';
}
