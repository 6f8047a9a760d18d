// A second run for what failed, alone:
//
//   all, beside one another ──► failed: a few ──► each once more, nothing beside it ──► passed ──► unstable: told by name
//                                     │                                           └──► failed ──► failed
//                                     └─ many, or a crash, or a sanitizer's report ──────────────► failed
//
// Tests serve on real ports with real threads, and a machine may stop any of them for a second. What passes when it runs alone is
// a fault of the test more likely than of the product; the run names it and goes on.

/** More failed files than this in one section are no strays. */
const kMostStrays = 2;

/** `results` of `items`, in their order, in which `runOne` has replaced those of strays. A result that is `final` stays as it is. */
export async function failedOnceMore(items, results, runOne) {
  const failed = items.filter((_, i) => results[i].failures.length > 0);
  if (failed.length > kMostStrays) return results;
  const replaced = [...results];
  for (const item of failed) {
    const i = items.indexOf(item);
    if (results[i].final) continue;
    console.log(`  once more, alone: ${results[i].failures.join(', ')}`);
    const second = await runOne(item);
    replaced[i] = second.failures.length > 0 ? second : { ...second, unstable: results[i].failures };
  }
  return replaced;
}
