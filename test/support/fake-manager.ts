// A manager of models over fakes, with a repository made of what a test writes down.

import { parseServable } from '../../server/config/servable.ts';
import { emptyStatistics } from '../../server/ledger/statistics.ts';
import type { Log } from '../../server/log.ts';
import { type ManagerParts, type ManagerSettings, ModelManager } from '../../server/model/manager.ts';
import type { OpenedModel, OpenMetrics } from '../../server/model/observer.ts';
import type { FoundServable, FoundVersion, Scan } from '../../server/model/repository.ts';
import { FakeAddon } from '../../server/native/fake.ts';
import { doublingModel, type FakeModelFile } from '../../server/native/fake-file.ts';

export const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const noMetrics: OpenMetrics = {
  statistics: emptyStatistics(),
  executed: () => undefined,
  inFlight: () => undefined,
  reported: () => undefined,
  close: () => undefined,
};

/** The manager, what it loads from, and what it told. */
export interface Fixture {
  readonly addon: FakeAddon;
  readonly manager: ModelManager;
  readonly changes: string[];
  /** Servables the observer was told of. */
  readonly known: ReadonlySet<string>;
  /** Versions it was told of, oldest first. */
  readonly opened: readonly OpenedModel[];
  scan(servables: Readonly<Record<string, readonly Partial<FoundVersion>[]>>, config?: string): Scan;
  file(path: string, more?: Partial<FakeModelFile>): void;
}

/** Files are found by path, `/NAME/VERSION/FINGERPRINT`. */
export function fixture(
  keepVersions = 2,
  more: Partial<ManagerSettings> = {},
  warmUp?: ManagerParts['warmUp'],
  states?: ManagerParts['states'],
): Fixture {
  const addon = new FakeAddon();
  const known = new Set<string>();
  const opened: OpenedModel[] = [];
  const manager = new ModelManager(
    {
      native: addon,
      log: quiet,
      observer: {
        known: (name) => known.add(name),
        forgotten: (name) => known.delete(name),
        opened: (model) => {
          opened.push(model);
          return noMetrics;
        },
        loadFailed: () => undefined,
        engineBuilt: () => undefined,
        cacheLookup: () => undefined,
        backgroundBuild: () => undefined,
      },
      defaults: { precision: 'origin', threads: 1, engineBuild: 'block', cacheDir: null },
      engines: { engines: ['cpu'], missing: [] },
      overrideEngines: false,
      states,
      ...(warmUp === undefined ? {} : { warmUp }),
    },
    { keepVersions, ...more },
  );
  const changes: string[] = [];
  manager.subscribe(({ name, version, state }) => changes.push(`${name}/${version} ${state}`));
  const found = (name: string, more: Partial<FoundVersion>): FoundVersion => {
    const version = more.version ?? 1;
    return {
      version,
      file: `/${name}/${version}/${more.fingerprint ?? 'a'}`,
      fingerprint: 'a',
      bytes: 1,
      changedAt: 0,
      writtenAt: 0,
      problem: '',
      ...more,
    };
  };
  return {
    addon,
    manager,
    changes,
    known,
    opened,
    scan: (servables, config = '') => ({
      servables: Object.entries(servables).map(
        ([name, versions]): FoundServable => ({
          name,
          config: config === 'broken' ? undefined : parseServable(config, 'x'),
          problems: config === 'broken' ? [{ source: 'x', line: 3, path: 'model', message: 'wrong' }] : [],
          versions: versions.map((more) => found(name, more)),
        }),
      ),
      skipped: [],
      unreadable: [],
    }),
    file: (path, more = {}) => addon.files.set(path, doublingModel([1], more)),
  };
}
