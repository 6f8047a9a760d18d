// The objective of a servable and what is left of its error budget. It belongs to the servable: versions come and go, the budget stays.

import type { ServableConfig } from '../config/servable-fields.ts';
import type { ErrorCode } from '../errors.ts';
import { isErrorCode } from '../errors.ts';
import { type BurnWindow, burnWindows, type Tally, Windows } from './windows.ts';

/** Failures that are the caller's own; they say nothing about the service. */
const callersOwn: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['INVALID_ARGUMENT', 'NOT_FOUND', 'TOO_LARGE']);

/**
 * Whether a call was good, bad, or says nothing (undefined). Good: it succeeded within the latency. A caller that goes away before the
 * latency has passed says nothing; one that goes away later waited too long.
 */
export function judge(code: string, totalNs: number, latencyNs: number): boolean | undefined {
  if (code === 'OK') return totalNs <= latencyNs;
  if (code === 'CANCELLED') return totalNs > latencyNs ? false : undefined;
  return isErrorCode(code) && callersOwn.has(code) ? undefined : false;
}

/** Share of bad calls over the share the objective allows; 0 without calls. 1 spends the budget exactly within its window. */
export function burnRate({ good, bad }: Tally, objective: number): number {
  return bad === 0 ? 0 : bad / (good + bad) / (1 - objective);
}

/** What is true of a budget at one time. */
export interface BudgetView {
  /** In milliseconds. */
  readonly latency: number;
  readonly objective: number;
  readonly window: number;
  /** How much of the window this process has seen, in milliseconds. */
  readonly observed: number;
  readonly good: number;
  readonly bad: number;
  /** Share of the window's budget that is left, by the calls seen so far: 1 untouched, 0 spent, below 0 overspent. */
  readonly remaining: number;
  readonly burn: Readonly<Record<BurnWindow, number>>;
}

export class Budget {
  #slo: ServableConfig['slo'] | undefined;
  #windows: Windows | undefined;
  #window = 0;
  #since = 0;
  /** Since the objective was first set; these only grow. */
  good = 0;
  bad = 0;

  /** The objective in force; undefined where the servable has none. */
  get objective(): ServableConfig['slo'] | undefined {
    return this.#slo;
  }

  /** Sets the objective; what was counted under a former one stays, unless its window was another. */
  set(slo: ServableConfig['slo'], now: number): void {
    if (slo.latency === null) {
      this.#slo = undefined;
      return;
    }
    if (this.#windows === undefined || slo.window !== this.#window) {
      this.#windows = new Windows(slo.window);
      this.#window = slo.window;
      this.#since = now;
    }
    this.#slo = slo;
  }

  count(code: string, totalNs: number, now: number): void {
    if (this.#slo?.latency == null || this.#windows === undefined) return;
    const good = judge(code, totalNs, this.#slo.latency * 1e6);
    if (good === undefined) return;
    if (good) this.good += 1;
    else this.bad += 1;
    this.#windows.add(now, good);
  }

  /** Undefined without an objective. */
  view(now: number): BudgetView | undefined {
    const [slo, windows] = [this.#slo, this.#windows];
    if (slo?.latency == null || windows === undefined) return undefined;
    const whole = windows.whole(now);
    const burn = Object.fromEntries(
      Object.entries(burnWindows).map(([name, span]) => [name, burnRate(windows.read(now, span), slo.objective)]),
    ) as Record<BurnWindow, number>;
    return {
      latency: slo.latency,
      objective: slo.objective,
      window: slo.window,
      observed: Math.max(0, Math.min(slo.window, now - this.#since)),
      ...whole,
      remaining: 1 - burnRate(whole, slo.objective),
      burn,
    };
  }
}
