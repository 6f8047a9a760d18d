// Labels and versions by call, for the time until the configuration of the servable changes, or without repository.state_file the server is restarted.
//
//   label     ─► other versions behind the labels, other shares
//   reload    ─► versions that failed are tried again, where what they lacked is there now
//   rollback  ─► where there are labels: those before the last change; else: the version below the highest that serves

import { ServingError, toServingError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Labelling, labelPattern } from './labels.ts';
import type { ModelManager } from './manager.ts';
import type { Servable } from './servable.ts';
import type { VersionSettings, VersionSettingsControl } from './served.ts';
import type { VersionStates } from './version-states.ts';

type Manager = Pick<ModelManager, 'alter' | 'retry' | 'whenDecided' | 'versionsOf'>;

export class VersionControl implements VersionSettingsControl {
  readonly #manager: Manager;
  readonly #log: Pick<Log, 'info'>;
  readonly #states: Pick<VersionStates, 'written'> | undefined;

  /** states: where what is set is kept; absent: it ends with the process. */
  constructor(manager: Manager, log: Pick<Log, 'info'>, states?: Pick<VersionStates, 'written'>) {
    this.#manager = manager;
    this.#log = log;
    this.#states = states;
  }

  settings(name: string): VersionSettings {
    let labelling: Labelling | undefined;
    this.#manager.alter(name, (servable) => {
      labelling = servable.labelling;
    });
    return this.#describe(name, labelling);
  }

  async label(
    name: string,
    labels: Readonly<Record<string, unknown>>,
    split: Readonly<Record<string, unknown>>,
  ): Promise<VersionSettings> {
    const wanted = { labels: wholeNumbers('labels', labels), split: wholeNumbers('split', split) };
    for (const label of wanted.split.keys())
      if (!wanted.labels.has(label)) throw invalid(`split: ${JSON.stringify(label)} is not among labels`);
    this.#manager.alter(name, (servable) => {
      for (const [label, version] of wanted.labels) requireVersion(servable, `labels: ${label}`, version);
      servable.relabel(wanted);
    });
    this.#log.info('versions.labelled', { model: name, cause: textOf(wanted) });
    return this.#decided(name);
  }

  async rollback(name: string): Promise<VersionSettings> {
    let what = '';
    this.#manager.alter(name, (servable) => {
      what = servable.labelling.labels.size > 0 ? backToLabels(servable) : backToVersion(servable, this.#serving(name));
    });
    this.#log.info('versions.rolled_back', { model: name, cause: what });
    return this.#decided(name);
  }

  async reload(name: string): Promise<VersionSettings> {
    this.#manager.retry(name);
    this.#log.info('versions.retried', { model: name });
    return this.#decided(name);
  }

  async #decided(name: string): Promise<VersionSettings> {
    await this.#written();
    await this.#manager.whenDecided(name);
    return this.settings(name);
  }

  /** What was set is kept before its caller hears that it is in force. */
  async #written(): Promise<void> {
    try {
      await this.#states?.written();
    } catch (caught) {
      throw toServingError(caught).with('it is in force, but not kept for the next start');
    }
  }

  /** The highest version that is ready; 0 where none is. */
  #serving(name: string): number {
    const ready = this.#manager.versionsOf(name).filter(({ state }) => state === 'ready');
    return Math.max(0, ...ready.map(({ version }) => Number(version)));
  }

  #describe(name: string, labelling: Labelling | undefined): VersionSettings {
    return {
      labels: Object.fromEntries(labelling?.labels ?? []),
      split: Object.fromEntries(labelling?.split ?? []),
      versions: this.#manager.versionsOf(name).map(({ version, state, reason }) => ({ version, state, reason })),
    };
  }
}

function backToLabels(servable: Servable): string {
  const { before } = servable;
  if (before === undefined)
    throw new ServingError(
      'NOT_FOUND',
      `${servable.name}: its labels were not changed, there is nothing to go back to`,
    );
  servable.relabel(before);
  return textOf(before);
}

function backToVersion(servable: Servable, serving: number): string {
  const lower = (servable.found?.versions ?? []).map(({ version }) => version).filter((version) => version < serving);
  if (lower.length === 0)
    throw new ServingError(
      'NOT_FOUND',
      `${servable.name}: there is no version below ${serving === 0 ? 'one that is ready' : serving}`,
    );
  const to = Math.max(...lower);
  servable.pin(to);
  return `version ${serving} to ${to}`;
}

function requireVersion({ name, found }: Servable, place: string, version: number): void {
  const known = (found?.versions ?? []).map((own) => own.version);
  if (!known.includes(version))
    throw invalid(`${place}: ${name} has no version ${version}, known are ${known.join(', ')}`);
}

/** Entries LABEL: NUMBER of a request. */
function wholeNumbers(place: string, entries: Readonly<Record<string, unknown>>): Map<string, number> {
  return new Map(
    Object.entries(entries).map(([label, value]) => {
      if (!labelPattern.test(label))
        throw invalid(
          `${place}: ${JSON.stringify(label.slice(0, 80))}, want a label: a letter, then letters, digits, _ . and -`,
        );
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
        throw invalid(`${place}: ${label} is ${JSON.stringify(value)?.slice(0, 80)}, want a whole number above 0`);
      return [label, value];
    }),
  );
}

function invalid(message: string): ServingError {
  return new ServingError('INVALID_ARGUMENT', message);
}

function textOf({ labels, split }: Labelling): string {
  const list = (entries: ReadonlyMap<string, number>): string =>
    [...entries].map(([label, value]) => `${label}=${value}`).join(' ');
  return `labels ${list(labels) || 'none'}, split ${list(split) || 'none'}`;
}
