// Loads each planned version once, so that its engines are built and cached, and closes it again.

import { calibrated } from '../../model/calibration.ts';
import type { NativeAddon, NativeEvent } from '../../native/binding-types.ts';
import { calibrate } from '../../quantise/calibrate-thread.ts';
import type { PlannedBuild } from './plan.ts';

/** What became of one version. */
export interface BuildOutcome {
  readonly name: string;
  readonly version: number;
  readonly ok: boolean;
  readonly elapsedMs: number;
  /** Why it failed; empty otherwise. */
  readonly error: string;
  /** Engines found in the cache and engines built, as native events tell. */
  readonly cacheHits: number;
  readonly built: number;
  readonly warnings: readonly string[];
}

/** Told of every start and end, of every event, and regularly between them. */
export interface BuildProgress {
  started(build: PlannedBuild, position: number, total: number): void;
  /** `step` is the last thing native code reported: a stage or a subgraph. */
  working(build: PlannedBuild, step: string, elapsedMs: number): void;
  ended(outcome: BuildOutcome): void;
}

// One event per subgraph says how it was come by.
const builtEvents: ReadonlySet<string> = new Set([
  'engine.cache.miss',
  'engine.cache.invalid',
  'engine.cache.disabled',
]);
const pollMs = 100;

/** Runs the builds one after another; a failing one does not stop the others. */
export async function runBuilds(
  addon: Pick<NativeAddon, 'load' | 'drainEvents'>,
  builds: readonly PlannedBuild[],
  progress: BuildProgress,
): Promise<BuildOutcome[]> {
  const outcomes: BuildOutcome[] = [];
  for (const [position, build] of builds.entries()) {
    progress.started(build, position, builds.length);
    const outcome = await runOne(addon, build, progress);
    progress.ended(outcome);
    outcomes.push(outcome);
  }
  return outcomes;
}

async function runOne(
  addon: Pick<NativeAddon, 'load' | 'drainEvents'>,
  build: PlannedBuild,
  progress: BuildProgress,
): Promise<BuildOutcome> {
  const begin = performance.now();
  const events = new BuildEvents();
  let error = build.problem;
  try {
    const told = (step: string, elapsedMs: number): void => progress.working(build, step, elapsedMs);
    await followed(addon, events, told, async () => {
      const { options, calibration } = build;
      if (options === undefined) return;
      const path = calibration === undefined ? options.path : (await calibrated(calibration, calibrate)).file;
      await (await addon.load({ ...options, path })).close();
    });
  } catch (caught) {
    error = caught instanceof Error ? caught.message : String(caught);
  }
  const { cacheHits, built, warnings } = events;
  const { name, version } = build;
  return { name, version, ok: error === '', elapsedMs: performance.now() - begin, error, cacheHits, built, warnings };
}

/** Does `work`, and tells now and then, and at its end, how far native code says it is. */
export async function followed<T>(
  addon: Pick<NativeAddon, 'drainEvents'>,
  events: BuildEvents,
  told: (step: string, elapsedMs: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  const begin = performance.now();
  const poll = (): void => {
    events.add(addon.drainEvents());
    told(events.step, performance.now() - begin);
  };
  const timer = setInterval(poll, pollMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    poll();
  }
}

/** Counts what native events say of one build. */
export class BuildEvents {
  step = '';
  cacheHits = 0;
  built = 0;
  readonly warnings: string[] = [];

  add(events: readonly NativeEvent[]): void {
    for (const event of events) {
      if (event.event === 'engine.cache.hit') this.cacheHits++;
      else if (builtEvents.has(event.event)) this.built++;
      if (event.level === 'warn' || event.level === 'error') this.warnings.push(describeEvent(event));
      if (event.event === 'build.progress') this.step = describeProgress(event);
    }
  }
}

/** Where a build stands: "subgraph 2 of 3: packing weights, 40 %". */
export function describeProgress(event: NativeEvent): string {
  const { subgraph, subgraphs, step, fraction } = event;
  const share = typeof fraction === 'number' ? `, ${Math.round(fraction * 100)} %` : '';
  return `subgraph ${String(subgraph)} of ${String(subgraphs)}: ${String(step)}${share}`;
}

/** A warning as a short text: its name, then what it happened to. */
function describeEvent(event: NativeEvent): string {
  const shown = ['engine', 'path', 'error', 'cause'].filter((key) => event[key] !== undefined && event[key] !== '');
  return [event.event, ...shown.map((key) => `${key} ${String(event[key])}`)].join(', ');
}
