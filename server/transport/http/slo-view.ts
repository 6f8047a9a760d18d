// What /slo answers: every objective, and what is left of its budget.

import type { BudgetView } from '../../ledger/budget.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { BurnWindow } from '../../ledger/windows.ts';

export interface SloView {
  readonly latency_ms: number;
  readonly objective: number;
  readonly window_seconds: number;
  /** How much of the window this process has seen. */
  readonly observed_seconds: number;
  /** Within the window: calls that say something of the service, those of them that were good, and their share. */
  readonly total: number;
  readonly good: number;
  readonly good_ratio: number | null;
  /** Share of the budget left: 1 untouched, 0 spent, below 0 overspent. */
  readonly remaining_budget: number;
  /** By window; 1 spends the budget exactly within its window. */
  readonly burn_rates: Readonly<Record<BurnWindow, number>>;
}

const rounded = (value: number): number => Number(value.toPrecision(6));

/** One budget as JSON. */
export function sloOf(view: BudgetView): SloView {
  const total = view.good + view.bad;
  return {
    latency_ms: view.latency,
    objective: view.objective,
    window_seconds: view.window / 1000,
    observed_seconds: Math.round(view.observed / 1000),
    total,
    good: view.good,
    good_ratio: total === 0 ? null : rounded(view.good / total),
    remaining_budget: rounded(view.remaining),
    burn_rates: Object.fromEntries(
      Object.entries(view.burn).map(([name, rate]) => [name, rounded(rate)]),
    ) as SloView['burn_rates'],
  };
}

/** All servables with an objective, by name; `now` of performance.now(). */
export function* sloServables(ledger: Ledger, now: number): Iterable<{ readonly name: string } & SloView> {
  const names = [...ledger.servables].map(({ name }) => name).sort();
  for (const name of names) {
    const view = ledger.servable(name)?.budget.view(now);
    if (view !== undefined) yield { name, ...sloOf(view) };
  }
}
