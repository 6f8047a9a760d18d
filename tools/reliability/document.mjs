// docs/RELIABILITY.md, made of what was measured.

import { spread } from '../lib/judgement.mjs';

const n = (value, digits = 2) => (value === undefined ? '–' : value.toFixed(digits));
const latencies = (latency) =>
  latency === undefined ? '– | – | –' : `${n(latency.p50)} | ${n(latency.p90)} | ${n(latency.p99)}`;

function reasonLines(reasons) {
  const entries = Object.entries(reasons ?? {});
  return entries.length === 0 ? [] : ['', ...entries.map(([reason, times]) => `- ${times} × ${reason}`)];
}

function sliceLine(what, runs) {
  const sum = (key) => runs.reduce((total, run) => total + run[key], 0);
  const of = (key) => spread(runs.map(({ latency }) => latency[key]));
  const p99 = of('p99');
  return `| ${what} | ${sum('sent')} | ${sum('ok')} | ${n(of('p50').median)} | ${n(of('p90').median)} | ${n(p99.median)} | ${n(p99.min)} | ${n(p99.max)} |`;
}

const verdict = (ok) => (ok === undefined ? 'not told' : ok ? 'holds' : '**does not hold**');

const parts = {
  overload: ({ nodes, deadline_ms, queue, seconds, steps }) => [
    '## Overload',
    '',
    `A network of ${nodes} small nodes (32 bytes to receive, milliseconds to compute), at most ${queue} requests waiting (\`batching.max_queue\`), ${seconds} s each, Poisson arrivals, a deadline of ${deadline_ms} ms, timed`,
    'from the intended start. The peak is what 16 in flight reach, the mean of before and after each.',
    '',
    '| load | peak /s | sent | in time | of the peak | refused | deadline passed | answers ms p50 | p90 | p99 | refusals ms p50 | p90 | p99 |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...steps.map(
      (step) =>
        `| ${step.factor}× | ${n(step.peak_per_second, 0)} | ${step.sent} | ${step.in_time} | ${n((100 * step.per_second) / step.peak_per_second, 1)} % | ${step.refused} | ${step.late + step.ok - step.in_time} | ${latencies(step.latency)} | ${latencies(step.refusal)} |`,
    ),
  ],
  reloads: ({ network, count, rate, poll, seconds, slices }) => [
    '## Reloads under load',
    '',
    `\`${network}\` at half of its peak (${n(rate, 0)}/s, Poisson), in slices of ${n(seconds, 0)} s: one without reloads, one with as many as there is time for, in turns, until ${count} new versions were`,
    `made, each renamed into place and awaited, the one before removed; the repository is looked at every ${poll}. Times are the middle ones of ${slices.length} slices.`,
    '',
    '| | requests | right answers | ms p50 | p90 | p99 | least p99 | greatest |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    sliceLine(
      'without reloads',
      slices.map(({ calm }) => calm),
    ),
    sliceLine(
      'with reloads',
      slices.map(({ during }) => during),
    ),
    ...slices.flatMap(({ calm, during }) => [...reasonLines(calm.reasons), ...reasonLines(during.reasons)]),
  ],
  sigterm: ({ network, count, in_flight, sent, ok, refused, lost, failed, wrong, late, end_ms, reasons }) => [
    '## SIGTERM under load',
    '',
    `\`${network}\` with ${in_flight} requests in flight, SIGTERM up to 0.4 s after the first, ${count} times on a new process. Every request that went out on a`,
    'connection the server had taken must get its answer, or a refusal after which it may be sent again. From signal to exit:',
    `${n(end_ms.p50, 0)} ms in the middle, ${n(end_ms.max, 0)} ms at most.`,
    '',
    '| sent | right answers | refused | lost | failed | wrong | late |',
    '|---:|---:|---:|---:|---:|---:|---:|',
    `| ${sent} | ${ok} | ${refused} | ${lost} | ${failed} | ${wrong} | ${late} |`,
    ...reasonLines(reasons),
  ],
  tail: ({ network, seconds, service_ms, rate, ideal_p99_ms, loaded, loop }) => [
    '## The tail at 70 % load',
    '',
    `\`${network}\`: median at one in flight ${n(service_ms)} ms, so ${n(rate, 0)}/s of Poisson arrivals for ${seconds} s. An ideal queue (M/D/1) with that service time has a 99th`,
    `percentile of ${n(ideal_p99_ms)} ms.`,
    '',
    '| requests | ms p50 | p90 | p99 | p99.9 | of the ideal p99 | event-loop pauses over 5 ms | longest ms | garbage collections | over 5 ms |',
    '|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    `| ${loaded.sent} | ${latencies(loaded.latency)} | ${n(loaded.latency?.['p99.9'])} | ${n(loaded.latency?.p99 / ideal_p99_ms)} | ${loop.pauses} | ${n(loop.longest_ms, 1)} | ${loop.collections} | ${loop.long_collections} |`,
  ],
  soak: ({ networks, seconds, warm_up_seconds, reloads, rate, loaded, resident_mib, mib_per_hour }) => [
    '## Soak',
    '',
    `${networks.map((name) => `\`${name}\``).join(', ')} in turn at half of their peak (${n(rate, 0)}/s) for ${seconds} s with ${reloads} reloads. Growth is the median slope (Theil and Sen) of`,
    `resident memory after ${n(warm_up_seconds, 0)} s.`,
    '',
    '| requests | right answers | resident MiB after warm-up | at the end | most | MiB per hour |',
    '|---:|---:|---:|---:|---:|---:|',
    `| ${loaded.sent} | ${loaded.ok} | ${n(resident_mib.first, 0)} | ${n(resident_mib.last, 0)} | ${n(resident_mib.most, 0)} | ${n(mib_per_hour)} |`,
    ...reasonLines(loaded.reasons),
  ],
};

/** Where, when and of what a run was, and what else the machine did. */
const conditions = ({ machine, load_after, busy, cores, phases }) => [
  `${Object.keys(phases).join(', ')}: ${machine.cpu}, ${machine.cores} cores (server on ${cores.server}, client on ${cores.client}), ${machine.memory_gib} GiB, Linux ${machine.kernel}, Node.js ${machine.node} for the server; commit ${machine.commit}; ${machine.date};`,
  `load average ${machine.load.join(' ')} before, ${load_after.join(' ')} after; the server's cores were busy for ${n(100 * busy.used, 0)} % of the time, the host took ${n(100 * busy.stolen, 1)} %.`,
  '',
];

/** The whole document of the results of one or several runs of tools/reliability.mjs. */
export function reliabilityDocument(runs) {
  const checks = runs.flatMap((run) => run.checks);
  const phases = Object.assign({}, ...runs.map((run) => run.phases));
  const lines = [
    '# Reliability',
    '',
    'Written by `npm run reliability` from what it measured: the server of a checkout with the cpu engine and one thread, clients in a process of their own over HTTP/2: grpc-go for overload, reloads and tail, which are timed, Node.js for the rest, which is counted.',
    '',
    ...runs.flatMap(conditions),
    '| | wanted | found | |',
    '|---|---|---|---|',
    ...checks.map(({ what, wanted, found, ok }) => `| ${what} | ${wanted} | ${found} | ${verdict(ok)} |`),
    '',
    ...Object.keys(parts).flatMap((name) => (name in phases ? [...parts[name](phases[name]), ''] : [])),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
