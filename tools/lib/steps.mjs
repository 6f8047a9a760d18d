// Progress of a tool that takes minutes: a line when a step starts and one when it ends, with the time it took.

/** Seconds with one decimal, or minutes and seconds. */
export function duration(ms) {
  const seconds = ms / 1000;
  return seconds < 100 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

const started = Date.now();

/** Runs one step; the lines carry the time since the tool started. */
export async function step(name, body) {
  const from = Date.now();
  const stamp = () => `[${duration(Date.now() - started).padStart(6)}]`;
  console.log(`${stamp()} ${name} ...`);
  const result = await body();
  console.log(`${stamp()} ${name}: done in ${duration(Date.now() - from)}`);
  return result;
}
