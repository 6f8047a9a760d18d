// What a section of the test run says: how many of its tests passed, failed and were skipped.

/** Counts of tests, with the names of those that failed, and of those that failed at first and passed when they ran again (again.mjs). */
export const outcome = (passed = 0, failures = [], skipped = 0, unstable = []) => ({
  passed,
  failures,
  skipped,
  unstable,
});

/** The sum of outcomes. */
export const sum = (outcomes) =>
  outcomes.reduce(
    (all, one) =>
      outcome(all.passed + one.passed, [...all.failures, ...one.failures], all.skipped + one.skipped, [
        ...all.unstable,
        ...one.unstable,
      ]),
    outcome(),
  );

/** Runs `body` on every item, `width` at a time, and keeps the order of the results. */
export async function inParallel(items, width, body) {
  const results = new Array(items.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await body(items[i]);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
