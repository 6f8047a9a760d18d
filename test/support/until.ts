// Waiting for a state: often looked at, with a limit that is there against hanging alone.

/** Long enough for a machine that stands still now and then. */
export const patienceMs = 120_000;

/** Waits until something holds; fails when it does not in all that time. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  withinMs: number = patienceMs,
): Promise<void> {
  for (const end = performance.now() + withinMs; !(await holds()); ) {
    if (performance.now() >= end) throw new Error(`waited ${withinMs / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until so much time has passed for certain: a timer alone fires early by as long as the process stood still before it was set. */
export async function elapsed(ms: number): Promise<void> {
  const from = performance.now();
  do await new Promise((resolve) => setTimeout(resolve, ms));
  while (performance.now() - from < ms);
}
