// What tests with hostile bytes share: how often they try, and errors that cost nothing but themselves.

/** How many inputs to try: `usual`, or what MINDIRD_FUZZ_ROUNDS says. */
export function rounds(usual: number): number {
  return Number(process.env['MINDIRD_FUZZ_ROUNDS'] ?? usual);
}

/** Runs what throws millions of errors that nobody reads the stack of: to note it takes longer than all the rest of a refusal. */
export function withoutStacks(run: () => void): void {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    run();
  } finally {
    Error.stackTraceLimit = before;
  }
}
