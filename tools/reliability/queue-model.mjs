// The ideal queue M/D/c: Poisson arrivals at `rate`, c servers, each request takes exactly `service`, first come first served, nothing else costs time.
//
// The number in the system at times D apart follows N' = max(N - c, 0) + Poisson(rate · D), whose stationary distribution p is found by iteration. The
// waiting time is Franx's formula (G. J. Franx, "A simple solution for the M/D/c waiting time distribution", Operations Research Letters 29, 2001):
// for (k-1) D <= x < k D
//
//   P(W <= x) = e^(-rate (kD - x))  sum over j from 0 to kc-1 of  Q(kc-1-j) (rate (kD - x))^j / j!,      Q(m) = p(0) + … + p(c + m)

const kTiny = 1e-13;
const kRounds = 100_000;

/** Probabilities of a Poisson variable up to `count` - 1. */
function poisson(mean, count) {
  const out = new Float64Array(count);
  out[0] = Math.exp(-mean);
  for (let i = 1; i < count; i++) out[i] = (out[i - 1] * mean) / i;
  return out;
}

/** Stationary probabilities of the number in the system; cut off where the tail is below 1e-13. */
export function stationary(load, servers) {
  const mean = load * servers;
  // The tail falls off geometrically, by about exp(-2 (1 - load)) for each server's worth of requests.
  const size = Math.ceil(servers * (8 + 30 / (2 * (1 - load))) + 8 * Math.sqrt(mean) + 30);
  const arrivals = poisson(mean, size);
  let p = poisson(mean, size);
  for (let round = 0; round < kRounds; round++) {
    const next = new Float64Array(size);
    let idle = 0;
    for (let n = 0; n <= servers; n++) idle += p[n];
    for (let m = 0; m < size; m++) {
      let sum = idle * arrivals[m];
      for (let n = 1; n <= m && n + servers < size; n++) sum += p[n + servers] * arrivals[m - n];
      next[m] = sum;
    }
    const total = next.reduce((a, b) => a + b, 0);
    let change = 0;
    for (let m = 0; m < size; m++) {
      next[m] /= total;
      change += Math.abs(next[m] - p[m]);
    }
    p = next;
    if (change < kTiny) break;
  }
  return p;
}

/** A function of x: the probability of waiting no longer than x before service begins. */
export function waitingTime(rate, service, servers) {
  const load = (rate * service) / servers;
  if (!(load > 0 && load < 1)) throw new RangeError(`load ${load}: want more than 0 and less than 1`);
  const p = stationary(load, servers);
  const cumulated = [];
  for (let m = 0, sum = 0; m < p.length; m++) {
    sum += p[m];
    cumulated.push(sum);
  }
  const upTo = (m) => cumulated[Math.min(servers + m, cumulated.length - 1)];
  return (x) => {
    if (x < 0) return 0;
    const k = Math.floor(x / service) + 1;
    const left = rate * (k * service - x);
    let term = Math.exp(-left);
    let sum = 0;
    for (let j = 0; j < k * servers; j++) {
      sum += upTo(k * servers - 1 - j) * term;
      term *= left / (j + 1);
    }
    return Math.min(1, sum);
  };
}

/** The q-quantile (0 to 1) of waiting and service together, in the unit of `service`. */
export function sojournQuantile(q, rate, service, servers = 1) {
  const within = waitingTime(rate, service, servers);
  if (within(0) >= q) return service;
  let [low, high] = [0, service];
  while (within(high) < q) [low, high] = [high, high * 2];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (within(middle) < q) low = middle;
    else high = middle;
  }
  return high + service;
}
