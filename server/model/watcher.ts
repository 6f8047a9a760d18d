// Looks at the repository again and again and hands what it finds to the manager. While something is still being copied it
// looks more often. Each thing that is skipped is logged once, until it changes.

import type { Log } from '../log.ts';
import { reasonOf } from './fs-reason.ts';
import type { LookSettings } from './look.ts';
import { RepositoryLooker } from './looker.ts';
import type { Scan } from './repository.ts';

export interface WatcherSettings {
  readonly path: string;
  readonly pollMs: number;
  readonly look?: LookSettings;
}

/** What takes the findings. */
export interface ScanTaker {
  apply(scan: Scan, unstable: ReadonlySet<string>): void;
}

/** Pause between looks while files are changing. */
const changingMs = 250;

export class RepositoryWatcher {
  readonly #taker: ScanTaker;
  readonly #log: Log;
  readonly #looker = new RepositoryLooker();
  #settings: WatcherSettings;
  #told: Scan | undefined;
  #reported: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** The look in progress; a second one waits for it. */
  #looking: Promise<void> = Promise.resolve();

  constructor(taker: ScanTaker, log: Log, settings: WatcherSettings) {
    this.#taker = taker;
    this.#log = log;
    this.#settings = settings;
  }

  /** Starts looking; the first look goes on in the background. */
  start(): void {
    void this.look();
  }

  /** Changes settings and looks at once. */
  configure(settings: WatcherSettings): void {
    this.#settings = settings;
    void this.look();
  }

  /** Looks now; resolves when the findings are handed over. */
  look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#looking = this.#looking.then(() => this.#lookOnce());
    return this.#looking;
  }

  /** Ends looking. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#looker.stop();
  }

  async #lookOnce(): Promise<void> {
    if (this.#stopped) return;
    const { path, pollMs, look } = this.#settings;
    let pause = pollMs;
    try {
      const { scan, unstable } = await this.#looker.look(path, look);
      if (this.#stopped || path !== this.#settings.path) return;
      if (unstable.size > 0) pause = Math.min(pollMs, changingMs);
      this.#report(scan);
      this.#taker.apply(scan, unstable);
    } catch (caught) {
      if (this.#stopped) return;
      this.#told = undefined;
      this.#reportOnce(new Set([`root ${reasonOf(caught)}`]), () =>
        this.#log.warn('repository.unreadable', { path, error: reasonOf(caught) }),
      );
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look(), pause);
  }

  #report(scan: Scan): void {
    if (scan === this.#told) return;
    this.#told = scan;
    const now = new Set<string>();
    const isNew = (key: string): boolean => {
      now.add(key);
      return !this.#reported.has(key);
    };
    for (const { path, reason } of scan.skipped) {
      if (isNew(`${path} ${reason}`)) this.#log.warn('repository.skipped', { path, error: reason });
    }
    for (const { name, problems } of scan.servables) {
      for (const { source, line, path: key, message } of problems) {
        if (isNew(`${source} ${line} ${key} ${message}`))
          this.#log.error('servable.rejected', { model: name, path: source, line, key, error: message });
      }
    }
    this.#reported = now;
  }

  #reportOnce(now: ReadonlySet<string>, log: () => void): void {
    if ([...now].some((key) => !this.#reported.has(key))) log();
    this.#reported = now;
  }
}
