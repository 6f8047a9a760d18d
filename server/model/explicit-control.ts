// Which servables are served where calls decide it (repository.control: explicit): those asked for, as their files were found when
// they were asked for, and the others whose models their methods run. What changes on disk afterwards waits for the next call.
//
//   watcher ─► apply(scan) ─► asked for, as found then · the others without versions ─► manager

import path from 'node:path';
import { describeProblem } from '../config/problem.ts';
import { ServingError, toServingError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ModelManager } from './manager.ts';
import type { FoundServable, Scan } from './repository.ts';
import type { RepositoryControl, VersionStatus } from './served.ts';
import type { ScanTaker } from './watcher.ts';

/** In the list of servables to start with: all of them. */
const every = '*';

const nothing: Scan = { servables: [], skipped: [], unreadable: [] };

export interface ExplicitParts {
  readonly manager: Pick<ModelManager, 'apply' | 'whenDecided' | 'versionsOf'>;
  readonly log: Pick<Log, 'info'>;
  /** Looks at the repository and hands the findings to apply(). */
  look(): Promise<void>;
}

export class ExplicitControl implements ScanTaker, RepositoryControl {
  readonly #parts: ExplicitParts;
  readonly #asked = new Map<string, FoundServable>();
  readonly #unloaded = new Set<string>();
  /** Names that are loaded without a call when their files are first complete. */
  readonly #initial: Set<string>;
  /** Findings without their versions, by the finding. */
  readonly #left = new WeakMap<FoundServable, FoundServable>();
  #scan: Scan = nothing;
  /** What the manager was given last; undefined when it has to be made anew. */
  #handed: Scan | undefined;
  #unstable: ReadonlySet<string> = new Set();
  #attempts = 0;

  /** initial: servables to start with; `*` stands for all that the first look finds. */
  constructor(parts: ExplicitParts, initial: readonly string[]) {
    this.#parts = parts;
    this.#initial = new Set(initial);
  }

  apply(scan: Scan, unstable: ReadonlySet<string>): void {
    if (scan !== this.#scan) this.#handed = undefined;
    this.#scan = scan;
    this.#unstable = unstable;
    if (this.#initial.delete(every)) for (const { name } of scan.servables) this.#initial.add(name);
    for (const found of scan.servables) {
      if (this.#initial.has(found.name) && !this.#isChanging(found)) this.#ask(found);
    }
    this.#hand();
  }

  async load(name: string): Promise<void> {
    const { manager, log } = this.#parts;
    await this.#parts.look();
    const found = this.#scan.servables.find((servable) => servable.name === name);
    if (found === undefined) throw absent(name);
    if (found.config === undefined) {
      const texts = found.problems.map((problem) =>
        describeProblem({ ...problem, source: path.basename(problem.source) }),
      );
      throw new ServingError('INVALID_CONFIG', `${name}: ${texts.join('; ')}`);
    }
    if (found.versions.length === 0) throw new ServingError('INVALID_MODEL', `${name}: has no version folder`);
    log.info('repository.load', { model: name });
    this.#ask(this.#tryAgain(found));
    this.#hand();
    const needed = neededBy(found);
    await Promise.all([name, ...needed].map((own) => manager.whenDecided(own)));
    for (const other of needed) this.#requireNeeded(name, other);
    requireReady(name, manager.versionsOf(name));
  }

  unload(name: string, dependents: boolean): void {
    const isKnown = this.#scan.servables.some((servable) => servable.name === name);
    const found = this.#asked.get(name);
    this.#initial.delete(name);
    if (found === undefined) {
      if (isKnown) return;
      throw absent(name);
    }
    this.#leave(name);
    if (dependents) {
      const needed = new Set([...this.#asked.values()].flatMap(neededBy));
      for (const other of neededBy(found)) if (this.#asked.has(other) && !needed.has(other)) this.#leave(other);
    }
    this.#hand();
  }

  #leave(name: string): void {
    this.#parts.log.info('repository.unload', { model: name });
    this.#asked.delete(name);
    this.#initial.delete(name);
    this.#unloaded.add(name);
    this.#handed = undefined;
  }

  /** Asks for a servable, and for others whose models it runs; those that are not there, or not whole, are loaded when they are. */
  #ask(found: FoundServable): void {
    this.#askFor(found);
    for (const name of neededBy(found)) {
      const other = this.#scan.servables.find((servable) => servable.name === name);
      const again = other === undefined || this.#isChanging(other) ? undefined : this.#tryAgain(other);
      if (this.#asked.has(name) && (again === undefined || again === other)) continue;
      if (again === undefined) this.#initial.add(name);
      else this.#askFor(again);
    }
  }

  #askFor(found: FoundServable): void {
    this.#initial.delete(found.name);
    this.#asked.set(found.name, found);
    this.#unloaded.delete(found.name);
    this.#handed = undefined;
  }

  /** Throws where a servable whose model another one runs is not ready. */
  #requireNeeded(name: string, needed: string): void {
    try {
      if (!this.#asked.has(needed)) throw absent(needed);
      requireReady(needed, this.#parts.manager.versionsOf(needed));
    } catch (caught) {
      const { code, message } = toServingError(caught);
      const kind = code === 'NOT_FOUND' ? 'NOT_READY' : code;
      throw new ServingError(kind, `${name}: is loaded, and needs what is not: ${message}`, { cause: caught });
    }
  }

  #isChanging({ name, versions }: FoundServable): boolean {
    return versions.some(({ version }) => this.#unstable.has(`${name}/${version}`));
  }

  /** The manager tries no files twice; a call asks for that, for what was missing may be there now. */
  #tryAgain(found: FoundServable): FoundServable {
    const failed = new Set(
      this.#parts.manager.versionsOf(found.name).flatMap((status) => (isBad(status) ? [Number(status.version)] : [])),
    );
    if (failed.size === 0) return found;
    this.#attempts += 1;
    const again = `#${this.#attempts}`;
    const versions = found.versions.map((version) =>
      failed.has(version.version) ? { ...version, fingerprint: version.fingerprint + again } : version,
    );
    return { ...found, versions };
  }

  #hand(): void {
    this.#handed ??= this.#compose();
    // Start-up waits for what is still being copied, but only for that which it shall serve.
    const awaited = [...this.#unstable].filter((key) => this.#initial.has(key.slice(0, key.lastIndexOf('/'))));
    this.#parts.manager.apply(this.#handed, new Set(awaited));
  }

  #compose(): Scan {
    const { servables, ...rest } = this.#scan;
    const names = new Set(servables.map(({ name }) => name));
    const gone = [...this.#asked.values()].filter(({ name }) => !names.has(name));
    const present = servables.map((found) => this.#asked.get(found.name) ?? this.#without(found));
    return { ...rest, servables: [...present, ...gone] };
  }

  /** The same object for the same finding, so that the manager sees that nothing changed. */
  #without(found: FoundServable): FoundServable {
    const unasked = this.#unloaded.has(found.name) ? 'unloaded' : 'not loaded';
    const known = this.#left.get(found);
    if (known?.unasked === unasked) return known;
    const left = { ...found, versions: [], unasked };
    this.#left.set(found, left);
    return left;
  }
}

/** Other servables whose models its methods run. */
function neededBy({ name, config }: FoundServable): readonly string[] {
  const all = (config?.chains?.models ?? []).flatMap(({ servable }) => servable ?? []);
  return [...new Set(all)].filter((other) => other !== name);
}

function absent(name: string): ServingError {
  return new ServingError('NOT_FOUND', `${name}: no such servable in the repository`);
}

/** A version of which the files asked for do not serve. */
function isBad({ state, reason, failing }: VersionStatus): boolean {
  return state === 'failed' || (state === 'ready' && reason !== '' && failing !== true);
}

function requireReady(name: string, versions: readonly VersionStatus[]): void {
  const bad = versions.filter(isBad);
  const ready = versions.filter((status) => status.state === 'ready').map((status) => status.version);
  if (bad.length > 0) {
    const texts = bad.map(({ version, reason }) => `version ${version}: ${reason}`);
    const rest = ready.length === 0 ? 'none is ready' : `ready: ${ready.join(', ')}`;
    throw new ServingError('INVALID_MODEL', `${name}: ${texts.join('; ')} (${rest})`);
  }
  if (ready.length === 0)
    throw new ServingError('NOT_READY', `${name}: no version became ready: it was unloaded, or the server stops`);
}
