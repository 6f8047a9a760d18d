// The known key nearest to an unknown one.

/** Number of single-character edits between two words; transposed neighbours count as one edit. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** Longest key that is compared; longer ones are cut, so that a hostile key costs nothing. */
const longestKey = 64;

/**
 * The known path nearest to `unknown`, both dotted. A path whose last part is exactly the one looked for wins, so that a
 * key in the wrong section is sent to the right one.
 */
export function nearestPath(unknown: string, known: readonly string[]): string | undefined {
  const cut = unknown.slice(-longestKey);
  const last = (path: string): string => path.slice(path.lastIndexOf('.') + 1);
  const score = (path: string): number => {
    const whole = editDistance(cut, path);
    return last(path) === last(cut)
      ? Math.min(whole, 0.5)
      : Math.min(whole, editDistance(last(cut), last(path)) + 0.75);
  };
  let best: { readonly path: string; readonly score: number } | undefined;
  for (const path of known) {
    const own = score(path);
    if (best === undefined || own < best.score) best = { path, score: own };
  }
  return best?.path;
}
