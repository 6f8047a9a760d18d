// The measured part of docs/CAPACITY.md: the table, and the example that is worked out from it.

/** Of what a core can serve within its objective, so much is planned for: the rest is for pods that are gone, and for rates that are no average. */
export const kPlanned = 0.7;

const kCoresOfPod = 4;
const kExampleRate = 1_000_000;

const grouped = (value) => Math.round(value).toLocaleString('en-US');

/** How many pods of `cores` cores a rate needs where a core serves `perCore` within the objective. */
export const replicas = (rate, perCore, cores) => Math.ceil(rate / (kPlanned * perCore * cores));

function row({ model, latencyMs, cores, peak, rate, p50, p99 }) {
  if (rate === undefined) return `| ${model} | ${latencyMs} ms | ${cores} | ${peak.toFixed(0)} | none | | | | |`;
  const perCore = rate / cores;
  const figures = [peak.toFixed(0), rate.toFixed(0), perCore.toFixed(1), p50.toFixed(1), p99.toFixed(1)];
  return `| ${model} | ${latencyMs} ms | ${cores} | ${figures.join(' | ')} | ${replicas(1000, perCore, kCoresOfPod)} |`;
}

/** One of the models, worked out to a million requests a second. */
function example(models) {
  const held = models.filter(({ rate }) => rate !== undefined);
  if (held.length === 0) return [];
  const { model, latencyMs, rate, cores } = held[0];
  const perCore = rate / cores;
  const pods = replicas(kExampleRate, perCore, kCoresOfPod);
  const servers = Math.ceil((pods * kCoresOfPod) / 64);
  return [
    '',
    `**${grouped(kExampleRate)} requests a second to ${model}, 99 % of them within ${latencyMs} ms:** a core serves ${grouped(perCore)} a second, of which ${(100 * kPlanned).toFixed(0)} % are planned with. ` +
      `⌈${grouped(kExampleRate)} / (${kPlanned} × ${grouped(perCore)} × ${kCoresOfPod})⌉ = ${grouped(pods)} pods of ${kCoresOfPod} cores, ` +
      `which is ${grouped(servers)} machines of 64. At ${grouped(kExampleRate / pods)} requests a second each, a pod that ends leaves ${(100 / Math.max(1, pods - 1)).toFixed(2)} % more to each of the others.`,
  ];
}

/** The lines between the markers. */
export function capacityTable({ machine, seconds, disturbed, models }) {
  const { cpu, cores, kernel, node, commit, date, load } = machine;
  return [
    '| model | objective (99 %) | cores | peak /s | within the objective /s | per core /s | p50 ms | p99 ms | pods of 4 cores for 1,000/s |',
    '|---|---|---:|---:|---:|---:|---:|---:|---:|',
    ...models.map(row),
    '',
    `${cpu}, ${cores} cores, Linux ${kernel}, Node.js ${node}, mindird of commit ${commit}; measured ${date.slice(0, 10)}, ${seconds} s a rate, 1-minute load ${load[0]} before.` +
      (disturbed ? ` **Noisy:** ${disturbed}.` : ''),
    ...example(models),
  ];
}

/** The page with these lines between its markers. */
export function withCapacity(text, lines) {
  const [begin, end] = ['<!-- table:capacity -->', '<!-- /table:capacity -->'];
  const [before, after] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  if (before < begin.length || after < before) throw new Error(`no lines ${begin} and ${end}`);
  return `${text.slice(0, before)}\n${lines.join('\n')}\n${text.slice(after)}`;
}
