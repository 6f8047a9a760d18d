// The composition root: builds every part, starts them in the order of one array and stops them in reverse.
//
//   start ──► first look · tracing · native events · http · grpc · repository        models load while the rest starts; the ports answer probes meanwhile
//   stop  ──► not ready · (drain_delay) · repository · grpc drains · models unload · http · native events · tracing

import { readdir } from 'node:fs/promises';
import { openCacheFolder } from './cache-folder.ts';
import { diffConfig } from './config/diff.ts';
import type { ConfigInputs, LoadedConfig } from './config/load.ts';
import { loadConfig } from './config/load.ts';
import { ConfigError, describeProblem } from './config/problem.ts';
import type { ServerConfig } from './config/server-fields.ts';
import type { LogLevel } from './errors.ts';
import { ServingError, toServingError } from './errors.ts';
import type { Account } from './inference/account.ts';
import { LateMethods } from './inference/late-methods.ts';
import { Readiness, type Requirement } from './inference/readiness.ts';
import type { SharedRegions } from './inference/shared-regions.ts';
import type { CallEnd } from './ledger/call-end.ts';
import { Ledger } from './ledger/ledger.ts';
import type { ServerLog } from './log.ts';
import { isLogLevel } from './log.ts';
import { Catalog } from './metrics/catalog.ts';
import { Builds } from './model/builds.ts';
import { configureOptions } from './model/configure.ts';
import type { EngineChoice } from './model/engines.ts';
import { serverEngines } from './model/engines.ts';
import { ExplicitControl } from './model/explicit-control.ts';
import { reasonOf } from './model/fs-reason.ts';
import { type ManagerSettings, ModelManager } from './model/manager.ts';
import { VersionControl } from './model/version-control.ts';
import { VersionStates } from './model/version-states.ts';
import { RepositoryWatcher, type WatcherSettings } from './model/watcher.ts';
import type { NativeAddon, Precision } from './native/binding-types.ts';
import type { Protocols, RunningSettings } from './protocol/index.ts';
import { logSlowest, RequestLog } from './request-log.ts';
import { Security } from './security.ts';
import type { Tracer } from './tracing/tracer.ts';
import type { ConnectionObserver } from './transport/grpc/connections.ts';
import type { GrpcTransport } from './transport/grpc/transport.ts';
import type { ListenerTls } from './transport/http/listener.ts';
import type { HttpTransport } from './transport/http/server.ts';
import { Pulse } from './util/pulse.ts';
import { WarmUps } from './warm-up/warm-ups.ts';

/** Something the daemon starts and stops. */
interface Part {
  readonly name: string;
  start(): void | Promise<void>;
  /** `deadline` on the clock of performance.now(). */
  stop(deadline: number): void | Promise<void>;
}

export interface DaemonParts {
  readonly loaded: LoadedConfig;
  /** To load the configuration again. */
  readonly inputs: ConfigInputs;
  readonly native: NativeAddon;
  readonly log: ServerLog;
  readonly version: string;
}

/** Least time a stop leaves for unloading, whatever the drain took. */
const unloadMs = 1000;
/** How long the first look at the repository may hold up the ports. */
const headStartMs = 20;

export class Daemon {
  readonly #native: NativeAddon;
  readonly #log: ServerLog;
  readonly #inputs: ConfigInputs;
  readonly #ledger: Ledger = new Ledger();
  readonly #catalog: Catalog;
  /** Only where what calls set of versions is kept. */
  readonly #states: VersionStates | undefined;
  readonly #models: ModelManager;
  readonly #builds: Builds;
  readonly #readiness: Readiness;
  /** Only where calls decide what is served. */
  readonly #control: ExplicitControl | undefined;
  readonly #watcher: RepositoryWatcher;
  readonly #version: string;
  readonly #requestLog: RequestLog;
  #tracer: Tracer | undefined;
  readonly #security: Security;
  readonly #warmUps: WarmUps;
  readonly #methods: LateMethods = new LateMethods();
  /** Made by start(). */
  #protocols!: Protocols;
  #grpc!: GrpcTransport;
  #http!: HttpTransport;
  readonly #parts: readonly Part[];
  #config: ServerConfig;
  #started: Part[] = [];
  #stopping: Promise<void> | undefined;

  constructor({ loaded, inputs, native, log, version }: DaemonParts) {
    const { config } = loaded;
    this.#config = config;
    this.#inputs = inputs;
    this.#version = version;
    this.#native = native;
    this.#log = log;
    this.#requestLog = new RequestLog(log);
    native.configure({ ...configureOptions(config), goesFirst: true });
    const engines = chooseEngines(config.engine.use, native, log);
    this.#catalog = new Catalog({ version, engines: engines.engines }, this.#ledger);
    this.#catalog.reloaded(true);
    this.#warmUps = new WarmUps(log, config.server.max_message);
    this.#security = new Security(config, log, this.#catalog.process);
    const { state_file: stateFile } = config.repository;
    const unkept = (error: ServingError): void => log.error('versions.not_kept', { error: error.message });
    this.#states = stateFile === null ? undefined : new VersionStates(stateFile, unkept);
    this.#models = this.#buildModels(engines, loaded.sources.has('engine.use'));
    this.#builds = new Builds({
      log,
      observer: this.#catalog,
      swapped: (name, model) => this.#models.reread(name, model),
    });
    this.#readiness = new Readiness(this.#models, this.#builds, requirement(config));
    this.#control = this.#buildControl();
    this.#watcher = new RepositoryWatcher(this.#control ?? this.#models, log, watched(config));
    this.#catalog.connect({
      versions: () => this.#models.versions(),
      builds: () => this.#builds.running(),
      deviceMemory: () => this.#native.deviceMemory(),
      connections: () => this.#grpc.connections,
      bytesInFlight: () => this.#grpc.bytesInFlight,
    });
    this.#parts = this.#listParts();
  }

  get grpcAddresses(): readonly string[] {
    return this.#grpc.addresses;
  }

  get httpAddress(): string {
    return this.#http.address;
  }

  get models(): ModelManager {
    return this.#models;
  }

  /** Starts everything; resolves when the ports are open. When a part fails, what started before it is stopped. */
  async start(): Promise<void> {
    await requireRepository(this.#config.repository.path);
    // The first model loads on a thread of its own while this one loads and makes what the ports need.
    await Promise.race([this.#watcher.look(), sleep(headStartMs)]);
    let network: Network;
    try {
      network = await this.#buildPorts();
      for (const part of this.#parts) {
        await part.start();
        this.#started.unshift(part);
      }
    } catch (caught) {
      await this.stop('start failed');
      throw caught;
    }
    this.#log.info('server.started', { pid: process.pid, path: this.#config.repository.path });
    await this.#rehearse(network);
    // While models load there is time for what calls need that hold no tensors; else the first of them does it.
    if (!this.#models.settled()) network.loadProtos();
  }

  /** The way of a call from socket to engine is gone before anybody is told to come. */
  async #rehearse({ rehearsal, rehearsalDispatcher }: Network): Promise<void> {
    const { method, message } = rehearsal(rehearsalDispatcher(), this.#config.server.max_message);
    await this.#grpc.rehearse(method, message);
    this.#readiness.open();
  }

  /** Resolves when every model that was there at the start is ready or failed. */
  async whenSettled(): Promise<void> {
    await this.#models.whenSettled();
    this.#readiness.refresh();
    this.#native.loadsGiveWay();
  }

  /** Drains and stops; resolves within drain_delay + drain_timeout and a moment for unloading. */
  stop(cause: string): Promise<void> {
    this.#stopping ??= this.#stop(cause);
    return this.#stopping;
  }

  /** Reads the configuration again and applies it, all or nothing. True when it was applied. */
  async reload(): Promise<boolean> {
    try {
      const { config } = loadConfig(this.#inputs);
      const changes = diffConfig(this.#config, config);
      const frozen = changes.filter((change) => !change.reload);
      if (frozen.length > 0) {
        const texts = frozen.map(({ path, from, to }) => `${path} from ${from} to ${to}`);
        throw new ServingError('INVALID_CONFIG', `a reload cannot change ${texts.join(', ')}; restart the server`);
      }
      await requireRepository(config.repository.path);
      await this.#security.look();
      this.#apply(config);
      this.#catalog.reloaded(true);
      this.#log.info('config.reloaded', { count: changes.length, key: changes.map((change) => change.path).join(',') });
      return true;
    } catch (caught) {
      this.#catalog.reloaded(false);
      this.#logRejected(caught);
      return false;
    }
  }

  #apply(config: ServerConfig): void {
    const before = this.#config;
    this.#config = config;
    // A level set over HTTP stays until the file's own changes.
    if (config.log.level !== before.log.level && isLogLevel(config.log.level)) this.#log.level = config.log.level;
    this.#models.configure(managerSettings(config));
    this.#readiness.require(requirement(config));
    this.#watcher.configure(watched(config));
  }

  #logRejected(caught: unknown): void {
    const problems = caught instanceof ConfigError ? caught.problems : [];
    for (const problem of problems)
      this.#log.error('config.rejected', {
        path: problem.source,
        line: problem.line,
        key: problem.path,
        error: describeProblem(problem),
      });
    if (problems.length === 0) this.#log.error('config.rejected', { error: toServingError(caught).message });
  }

  async #stop(cause: string): Promise<void> {
    this.#log.info('server.draining', { cause });
    this.#readiness.drain();
    const { drain_delay: delay, drain_timeout: timeout } = this.#config.server;
    if (this.#started.length === this.#parts.length) await sleep(delay);
    const deadline = performance.now() + timeout;
    this.#watcher.stop();
    for (const part of this.#started) await part.stop(deadline);
    await this.#states?.written().catch(() => undefined);
    // Models load from the first look on, which comes before the parts.
    if (this.#started.length < this.#parts.length) await this.#unload(deadline);
    this.#log.info('server.stopped');
  }

  #buildModels(engines: EngineChoice, overrideEngines: boolean): ModelManager {
    const { config, log } = { config: this.#config, log: this.#log };
    const cache = openCacheFolder(config.cache.path);
    if (cache.path === null) log.warn('cache.off', { path: config.cache.path ?? '', error: cache.reason });
    return new ModelManager(
      {
        native: this.#native,
        log,
        observer: this.#catalog,
        defaults: {
          precision: config.engine.precision as Precision,
          threads: config.engine.threads,
          engineBuild: config.engine.build,
          cacheDir: cache.path,
          cacheMaxSize: config.cache.max_size,
        },
        engines,
        overrideEngines,
        states: this.#states,
        stages: async (plan, version) => {
          const [{ openStages }, { methodRunner }] = await loadStages();
          this.#methods.use(methodRunner);
          return openStages(plan, version, log);
        },
        calibrate: async (order) => (await import('./quantise/calibrate-thread.ts')).calibrate(order),
        warmUp: (served, folder, samples) => this.#warmUps.run(served, folder, samples),
        afterLoad: () => this.#drainEvents(),
      },
      managerSettings(config),
    );
  }

  #buildControl(): ExplicitControl | undefined {
    const { control, load } = this.#config.repository;
    if (control !== 'explicit') return undefined;
    const parts = { manager: this.#models, log: this.#log, look: () => this.#watcher.look() };
    return new ExplicitControl(parts, load);
  }

  async #buildPorts(): Promise<Network> {
    const network = await loadNetwork();
    await this.#security.load();
    this.#protocols = this.#buildProtocols(network, await sharedRegions(this.#config, this.#native));
    this.#grpc = this.#buildGrpc(network);
    this.#http = this.#buildHttp(network);
    this.#ledger.serve([...this.#grpc.paths, ...this.#http.methods]);
    return network;
  }

  #buildProtocols({ Admission, Dispatcher, buildProtocols }: Network, regions: SharedRegions | undefined): Protocols {
    const { server } = this.#config;
    const admission = new Admission(server.max_requests_in_flight);
    const dispatcher = new Dispatcher(this.#models, admission, this.#native, this.#methods);
    this.#warmUps.use(dispatcher);
    return buildProtocols({
      dispatcher,
      models: this.#models,
      readiness: this.#readiness,
      control: this.#control,
      settings: this.#settings(),
      regions,
      serverVersion: this.#version,
      maxMessage: server.max_message,
    });
  }

  #settings(): RunningSettings {
    const log = this.#log;
    const { admin } = this.#config.server;
    return {
      logLevel: () => log.level as LogLevel,
      configuredLogLevel: this.#config.log.level as LogLevel,
      setLogLevel: (level) => this.#setLogLevel(level),
      sampling: () => this.#tracer?.sample,
      configuredSampling: this.#config.tracing.sample,
      setSampling: (share) => {
        if (this.#tracer !== undefined) this.#tracer.sample = share;
        log.info('tracing.sample', { fraction: share });
      },
      locked: admin === null ? undefined : 'the running server is changed by server.admin alone',
    };
  }

  #setLogLevel(level: LogLevel): void {
    this.#log.level = level;
    this.#log.info('log.level', { cause: level });
  }

  #buildGrpc({ GrpcTransport, addReflection }: Network): GrpcTransport {
    const { server } = this.#config;
    return new GrpcTransport(
      {
        addresses: server.grpc,
        maxMessage: server.max_message,
        maxBytesInFlight: server.max_bytes_in_flight,
        maxConnectionBytes: server.max_connection_bytes,
        maxConnections: server.max_connections,
        connectionAgeMs: server.connection_age,
        connectionGraceMs: server.connection_grace,
        tls: this.#security.tlsOf('grpc'),
        keeper: this.#security.keeper,
        maxStreams: server.max_streams,
        maxResets: server.max_resets,
        peerTimeoutMs: server.peer_timeout,
        detach: (buffers, toSystem) => this.#native.detach(buffers, toSystem),
      },
      this.#protocols.all,
      {
        call: (end, account, error) => this.#ended(end, account, error),
        connection: this.#connection,
      },
      [addReflection],
    );
  }

  /** The one place where every call ends. */
  #ended(end: CallEnd, { model }: Account, error: ServingError | undefined): void {
    this.#ledger.end(end);
    if (error !== undefined) this.#requestLog.failed(error, end.requestId, model?.name, model?.version);
  }

  readonly #connection: ConnectionObserver = (event, peer, error) => {
    this.#catalog.connection(event);
    if (error !== undefined) this.#requestLog.connectionFailed(event, peer, error);
    else if (event !== 'opened') this.#log.debug('connection.event', { cause: event });
  };

  #buildHttp({ HttpTransport, ownRoutes, openApiRoute }: Network): HttpTransport {
    const log = this.#log;
    const { server } = this.#config;
    const own = ownRoutes({
      readiness: this.#readiness,
      models: this.#models,
      ledger: this.#ledger,
      builds: () => this.#builds.running(),
      versions: new VersionControl(this.#models, log, this.#states),
      serverVersion: this.#version,
      metrics: (accept) => this.#catalog.scrape(accept),
      logLevel: () => log.level,
      setLogLevel: (level) => {
        if (!isLogLevel(level)) return false;
        this.#setLogLevel(level as LogLevel);
        return true;
      },
    });
    const failed = (error: ServingError): void => log.error('http.failed', { code: error.code, error: error.message });
    const routes = [...own, ...this.#protocols.all.flatMap((protocol) => protocol.routes ?? [])];
    const source = this.#security.tlsOf('http');
    const refused: ListenerTls['refused'] = ({ event, error }, peer) => this.#connection(event, peer, error);
    const tls = source === null ? {} : { tls: { source, refused } };
    return new HttpTransport(
      {
        address: server.http,
        admin: server.admin,
        hosts: server.hosts,
        maxConnections: server.max_connections,
        maxMessage: server.max_message,
        maxConnectionBytes: server.max_connection_bytes,
        peerTimeoutMs: server.peer_timeout,
        ...this.#grpc.shared,
        observe: (end, account, error) => this.#ended(end, account, error),
        failed,
        keeper: this.#security.keeper,
        ...tls,
      },
      [...routes, openApiRoute(routes, this.#version)],
    );
  }

  #listParts(): readonly Part[] {
    const pulse = new Pulse({
      beat: (nextMs) => {
        const now = performance.now();
        this.#catalog.loopDelay.tick(now, nextMs);
        logSlowest(this.#log, this.#ledger.slowest.take(now, this.#config.log.slowest));
        this.#drainEvents();
      },
      isBusy: () => this.#models.isLoading || this.#builds.running().length > 0,
    });
    return [
      {
        name: 'tracing',
        start: async () => {
          this.#tracer = await this.#startTracing();
        },
        stop: () => Promise.race([this.#tracer?.stop(), sleep(unloadMs)]),
      },
      {
        name: 'native events',
        start: () => pulse.start(),
        stop: () => {
          pulse.stop();
          this.#drainEvents();
        },
      },
      { name: 'security', start: () => this.#security.start(), stop: () => this.#security.stop() },
      { name: 'http', start: () => this.#http.start(), stop: () => this.#http.stop() },
      { name: 'models', start: () => undefined, stop: (deadline) => this.#unload(deadline) },
      { name: 'grpc', start: () => this.#grpc.start(), stop: (deadline) => this.#drainCalls(deadline) },
      { name: 'repository', start: () => undefined, stop: () => this.#watcher.stop() },
    ];
  }

  async #startTracing(): Promise<Tracer | undefined> {
    const { endpoint, sample } = this.#config.tracing;
    if (endpoint === null) return undefined;
    const { Tracer } = await import('./tracing/tracer.ts');
    const tracer = new Tracer({ endpoint, sample, serverVersion: this.#version }, this.#log);
    this.#ledger.watch((call) => tracer.ended(call));
    return tracer;
  }

  async #drainCalls(deadline: number): Promise<void> {
    this.#protocols.health.endWatches();
    const left = Math.max(0, deadline - performance.now());
    const whole = await Promise.all([this.#grpc.drain(left), this.#http.drain(left)]);
    if (whole.includes(false))
      this.#log.warn('server.drain_cut', { error: 'requests were still in flight at the end of server.drain_timeout' });
  }

  async #unload(deadline: number): Promise<void> {
    const wait = Math.max(unloadMs, deadline - performance.now());
    const whole = await Promise.race([this.#models.stop().then(() => true), sleep(wait).then(() => false)]);
    if (!whole) await Promise.race([this.#models.abandon(), sleep(unloadMs)]);
  }

  #drainEvents(): void {
    for (const event of this.#native.drainEvents()) {
      this.#log.native(event);
      this.#builds.take(event);
      if (event.event === 'device.failed' || event.event === 'device.recovered')
        this.#models.recheck(String(event['model']));
    }
    this.#builds.tell();
  }
}

type Network = Awaited<ReturnType<typeof loadNetwork>>;

/** What the ports are made of. Loading it takes as long as a small model does. */
async function loadNetwork() {
  const [admission, dispatch, protos, protocols, rehearsal, reflection, grpc, http, routes] = await Promise.all([
    import('./inference/admission.ts'),
    import('./inference/dispatch.ts'),
    import('./protocol/protos.ts'),
    import('./protocol/index.ts'),
    import('./inference/rehearsal.ts'),
    import('./protocol/reflection.ts'),
    import('./transport/grpc/transport.ts'),
    import('./transport/http/server.ts'),
    import('./transport/http/routes.ts'),
  ]);
  return {
    ...admission,
    ...dispatch,
    ...protos,
    ...protocols,
    ...rehearsal,
    ...reflection,
    ...grpc,
    ...http,
    ...routes,
  };
}

/** What runs methods is loaded with the first servable that has some. */
const loadStages = () => Promise.all([import('./stages/stage-set.ts'), import('./stages/methods.ts')]);

/** undefined where shared memory is off; then its code is not loaded either. */
async function sharedRegions(
  { shared_memory: shared }: ServerConfig,
  native: NativeAddon,
): Promise<SharedRegions | undefined> {
  if (shared.system !== 'on') return undefined;
  const { SharedRegions } = await import('./inference/shared-regions.ts');
  const limits = { prefix: shared.prefix ?? '', maxRegions: shared.max_regions, maxBytes: shared.max_size };
  return new SharedRegions(limits, native);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function watched({ repository }: ServerConfig): WatcherSettings {
  const { path, poll, servable, settle } = repository;
  return { path, pollMs: poll, look: { servable, restMs: settle } };
}

/** Where calls decide what is served, a server that holds nothing has to be ready for them. */
function requirement({ readiness, repository }: ServerConfig): Requirement {
  const { require } = readiness;
  return require === 'any' && repository.control === 'explicit' ? 'none' : (require as Requirement);
}

const managerSettings = ({ repository, engine }: ServerConfig): ManagerSettings => ({
  keepVersions: repository.keep_versions,
  memoryLimit: engine.memory_limit,
});

async function requireRepository(path: string): Promise<void> {
  try {
    await readdir(path);
  } catch (caught) {
    throw new ServingError('INVALID_CONFIG', `repository ${path}: ${reasonOf(caught)}`);
  }
}

/** Engines of the server's setting, with one log line that says what was chosen and why. */
function chooseEngines(use: string, native: NativeAddon, log: ServerLog): EngineChoice {
  const known = native.systemInfo().engines;
  const choice = serverEngines(use, known);
  if (choice.missing.length > 0)
    throw new ServingError(
      'INVALID_CONFIG',
      `engine.use is ${use}, but it is not available: ${choice.missing.join(', ')}`,
    );
  if (choice.engines.length === 0)
    throw new ServingError('INVALID_CONFIG', `engine.use is ${use}, but neither tensorrt nor cpu is available`);
  const left = known
    .filter((engine) => !engine.available)
    .map((engine) => `${engine.name} is not available: ${engine.why}`);
  log.info('engine.chosen', {
    engine: choice.engines.join(','),
    cause: use === 'auto' && left.length > 0 ? `auto; ${left.join('; ')}` : use,
  });
  return choice;
}
