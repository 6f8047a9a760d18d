// Which engines a servable is compiled for. Pure.

import type { EngineInfo } from '../native/binding-types.ts';

export interface EngineChoice {
  /** In order of preference, for LoadOptions; empty when none is available. */
  readonly engines: readonly string[];
  /** Engines that were asked for and are not available, with the reason. */
  readonly missing: readonly string[];
}

/** What each setting stands for: an engine that takes part of a graph leaves the rest to the cpu engine. */
const settings: Readonly<Record<string, readonly string[]>> = {
  auto: ['tensorrt', 'cpu'],
  tensorrt: ['tensorrt', 'cpu'],
};

function available(names: readonly string[], known: readonly EngineInfo[]): readonly string[] {
  // `native` is the cpu engine's own kernels, operator by operator.
  return names.filter((name) =>
    known.some((engine) => engine.name === (name === 'native' ? 'cpu' : name) && engine.available),
  );
}

function missing(names: readonly string[], known: readonly EngineInfo[]): readonly string[] {
  const usable = available(names, known);
  return names
    .filter((name) => !usable.includes(name))
    .map((name) => `${name} (${known.find((engine) => engine.name === name)?.why || 'not part of this build'})`);
}

/** Engines of the server's own setting. Only `auto` may quietly leave one out. */
export function serverEngines(use: string, known: readonly EngineInfo[]): EngineChoice {
  const names = settings[use] ?? [use];
  return { engines: available(names, known), missing: use === 'auto' ? [] : missing(names, known) };
}

/** Engines of one servable: the server's where it has no list of its own or the server's setting overrides it. */
export function servableEngines(
  own: readonly string[] | null,
  server: EngineChoice,
  overridden: boolean,
  known: readonly EngineInfo[],
): EngineChoice {
  if (own === null || overridden) return server;
  return { engines: available(own, known), missing: missing(own, known) };
}
