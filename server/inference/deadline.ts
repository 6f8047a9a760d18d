// How long a request may still wait. The queue in native code enforces the result; this only works it out.

/** Longest wait handed to native code (about 24 days), so that the sum with its clock cannot overflow. */
const LONGEST_US = 2 ** 41;

/** A wait of at least this is enforced by the queue; anything shorter has expired on arrival. */
export const EXPIRED = -1;

/**
 * Microseconds left at `now` under a protocol deadline (both in milliseconds of performance.now(), Infinity = none) and a
 * request parameter (microseconds, 0 = none): the smaller of both, 0 when there is neither, EXPIRED when the deadline has
 * passed.
 */
export function remainingUs(deadlineAt: number, parameterUs: number, now: number): number {
  if (deadlineAt === Number.POSITIVE_INFINITY) return Math.min(parameterUs, LONGEST_US);
  const left = Math.floor((deadlineAt - now) * 1000);
  if (!(left > 0)) return EXPIRED;
  return Math.min(parameterUs > 0 ? Math.min(left, parameterUs) : left, LONGEST_US);
}
