// Numbers as people read them.

/** Milliseconds with three significant digits, from microseconds up to minutes: "0.042 ms", "12.3 ms", "2.10 s". */
export function formatMs(ms: number | undefined): string {
  if (ms === undefined || Number.isNaN(ms)) return '–';
  if (ms >= 1000) return `${significant(ms / 1000)} s`;
  return `${ms === 0 ? '0' : significant(ms)} ms`;
}

/** Three significant digits without an exponent. */
export function significant(value: number): string {
  if (value === 0) return '0';
  const rounded = Math.abs(Number(value.toPrecision(3)));
  const digits = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(rounded))));
  return value.toFixed(digits);
}

/** A percentile as the tables name it: 0.999 → "p99.9". */
export function percentileName(p: number): string {
  return `p${Number((p * 100).toFixed(3))}`;
}

/** Elapsed time for progress lines: "4.2 s", "3 min 05 s". */
export function formatElapsed(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
