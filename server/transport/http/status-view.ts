// The figures of the status page, also served as JSON.

import { type BuildDetail, buildDetail, type Readiness } from '../../inference/readiness.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { RecentView } from '../../ledger/recent.ts';
import { recentMinutes } from '../../ledger/recent.ts';
import type { ServableAccount } from '../../ledger/servable-account.ts';
import type { SlowCall } from '../../ledger/slowest.ts';
import { stageNames, stagesOf } from '../../ledger/stage-times.ts';
import type { VersionAccount } from '../../ledger/version-account.ts';
import type { ModelDirectory, RequestTimes, RunningBuild, VersionStatus } from '../../model/served.ts';
import { type SloView, sloOf } from './slo-view.ts';

export interface RecentFigures {
  readonly requests: number;
  readonly failures: number;
  readonly p50_ms: number | null;
  readonly p90_ms: number | null;
  readonly p99_ms: number | null;
  /** Mean of each stage; they add up to the mean of the whole. */
  readonly stages_ms: Readonly<Record<string, number>>;
}

export interface VersionFigures {
  readonly version: string;
  readonly state: string;
  readonly reason: string;
  /** Only while its engines are built. */
  readonly build?: BuildDetail;
  /** Since the version was first ready. */
  readonly requests: number;
  readonly failures: number;
  readonly rows_per_execution: number | null;
  readonly in_flight: number;
  /** The last minutes; null where nothing was asked of it. */
  readonly recent: RecentFigures | null;
}

export interface ServableFigures {
  readonly name: string;
  readonly slo: SloView | null;
  /** Requests that no version took. */
  readonly refused: number;
  readonly versions: readonly VersionFigures[];
}

export interface SlowFigures {
  readonly servable: string;
  readonly version: string;
  readonly code: string;
  readonly total_ms: number;
  readonly stages_ms: Readonly<Record<string, number>> | null;
  readonly seconds_ago: number;
  readonly request_id: string;
  readonly trace_id: string;
}

export interface StatusView {
  readonly server_version: string;
  readonly ready: boolean;
  readonly draining: boolean;
  readonly uptime_seconds: number;
  readonly memory_bytes: number;
  /** What `recent` and `slowest` cover at most. */
  readonly recent_minutes: number;
  readonly servables: readonly ServableFigures[];
  readonly builds: readonly ({ readonly name: string; readonly version: string } & BuildDetail)[];
  readonly slowest: readonly SlowFigures[];
}

export interface StatusParts {
  readonly readiness: Readiness;
  readonly models: ModelDirectory;
  readonly ledger: Ledger;
  readonly serverVersion: string;
  builds(): readonly RunningBuild[];
}

/** Most slow requests shown. */
const mostSlow = 10;

const ms = (seconds: number | undefined): number | null => (seconds === undefined ? null : rounded(seconds * 1000));
const rounded = (value: number): number => Number(value.toPrecision(4));

/** What is true at `now` of performance.now(), servables apart. */
export function statusHead(parts: StatusParts, now: number): Omit<StatusView, 'servables'> {
  const { readiness, ledger, serverVersion } = parts;
  return {
    server_version: serverVersion,
    ready: readiness.ready,
    draining: readiness.draining,
    uptime_seconds: Math.round(process.uptime()),
    memory_bytes: process.memoryUsage.rss(),
    recent_minutes: recentMinutes,
    builds: parts.builds().map((build) => ({ name: build.name, version: build.version, ...buildDetail(build) })),
    slowest: ledger.slowest
      .view(now)
      .slice(0, mostSlow)
      .map((call) => slowFigures(call, now)),
  };
}

/** The servables by name, those without any version among them; each is looked at when its turn comes. */
export function* statusServables(parts: StatusParts, now: number): Iterable<ServableFigures> {
  const byName = new Map<string, VersionStatus[]>();
  for (const { name } of parts.ledger.servables) byName.set(name, []);
  for (const status of parts.models.versions()) {
    const own = byName.get(status.name) ?? [];
    if (status.state !== 'gone') own.push(status);
    byName.set(status.name, own);
  }
  for (const name of [...byName.keys()].sort()) yield servableFigures(parts, name, byName.get(name) ?? [], now);
}

function servableFigures(
  { readiness, ledger }: StatusParts,
  name: string,
  versions: readonly VersionStatus[],
  now: number,
): ServableFigures {
  const account: ServableAccount | undefined = ledger.servable(name);
  const budget = account?.budget.view(now);
  return {
    name,
    slo: budget === undefined ? null : sloOf(budget),
    refused: account?.refused.reduce((sum, count) => sum + count, 0) ?? 0,
    versions: versions.map(({ version, state, reason }) => {
      const build = readiness.buildOf(name, version);
      return {
        version,
        state,
        reason,
        ...(build === undefined ? {} : { build }),
        ...countsOf(account?.version(version), now),
      };
    }),
  };
}

function countsOf(
  account: VersionAccount | undefined,
  now: number,
): Omit<VersionFigures, 'version' | 'state' | 'reason' | 'build'> {
  const statistics = account?.statistics;
  const recent = account?.recent?.view(now);
  return {
    requests: statistics?.successCount ?? 0,
    failures: statistics?.failCount ?? 0,
    rows_per_execution:
      statistics === undefined || statistics.executionCount === 0
        ? null
        : rounded(statistics.inferenceCount / statistics.executionCount),
    in_flight: account?.inFlight ?? 0,
    recent: recent === undefined || recent.requests + recent.failures === 0 ? null : recentFigures(recent),
  };
}

function recentFigures({ requests, failures, p50, p90, p99, stages }: RecentView): RecentFigures {
  return {
    requests,
    failures,
    p50_ms: ms(p50),
    p90_ms: ms(p90),
    p99_ms: ms(p99),
    stages_ms: Object.fromEntries(stageNames.map((name) => [name, rounded(stages[name] * 1000)])),
  };
}

function stageFigures(times: RequestTimes): Readonly<Record<string, number>> {
  return Object.fromEntries(stagesOf(times).map(([name, ns]) => [name, rounded(ns / 1e6)]));
}

function slowFigures(call: SlowCall, now: number): SlowFigures {
  return {
    servable: call.servable,
    version: call.version,
    code: call.code,
    total_ms: rounded(call.totalNs / 1e6),
    stages_ms: call.times === undefined ? null : stageFigures(call.times),
    seconds_ago: Math.max(0, Math.round((now - call.endedAt) / 1000)),
    request_id: call.requestId,
    trace_id: call.parent?.traceId ?? '',
  };
}
