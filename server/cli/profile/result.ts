// What a profile is: the addon's times and facts of steps made into rates and shares.

/** A kernel with the time it took when it was measured against others. */
export interface Rival {
  readonly kernel: string;
  readonly ms: number;
}

/** One step of the compiled model. */
export interface ProfiledStep {
  readonly partition: number;
  readonly engine: string;
  readonly kernel: string;
  /** Nodes of the model file that it computes. */
  readonly nodes: readonly string[];
  readonly threads: number | null;
  /** Median and least over the runs. */
  readonly ms: number;
  readonly leastMs: number;
  /** Of the whole run. */
  readonly share: number;
  /** What all steps of these nodes reach together; only on the longest of them. */
  readonly rate: StepRate | null;
  /** The kernel that was chosen, where there were several, and all of them with their times where they were measured. */
  readonly chosen: string;
  readonly rivals: readonly Rival[];
}

/** Of two rates the one that is nearer to what the machine reaches. */
export interface StepRate {
  readonly gflops: number | null;
  readonly gbytes: number;
  readonly bound: 'arithmetic' | 'memory';
  /** Share of the measured peak; above 1 where data comes out of the caches. null where no peak was measured. */
  readonly ofPeak: number | null;
}

/** The result of `mindird profile`. */
export interface ProfileResult {
  readonly kind: 'mindird-profile';
  readonly format: 1;
  readonly model: string;
  readonly threads: number;
  readonly runs: number;
  /** Median of whole runs. */
  readonly totalMs: number;
  /** Measured just before, with as many threads. */
  readonly peaks: { readonly gflops: number; readonly gbytes: number } | null;
  readonly steps: readonly ProfiledStep[];
  readonly warnings: readonly string[];
}

interface NativeWork {
  readonly nodes: readonly string[];
  readonly operations: number;
  readonly bytes: number;
  readonly chosen: string;
  readonly rivals: readonly { readonly kernel: string; readonly ns: number }[];
}

interface NativeStep {
  readonly text: string;
  readonly ns: number;
  readonly least_ns: number;
  readonly work?: number;
  readonly threads?: number;
}

/** What the addon measured (native/runtime/load/profile.h). */
export interface NativeProfile {
  readonly threads: number;
  readonly runs: number;
  readonly total_ns: number;
  readonly peaks?: { readonly operations: number; readonly bytes: number };
  readonly partitions: readonly {
    readonly engine: string;
    readonly ns: number;
    readonly steps: readonly NativeStep[];
    readonly work: readonly NativeWork[];
  }[];
}

/** Rates, shares and names from what the addon measured. */
export function profileResult(model: string, native: NativeProfile, warnings: readonly string[]): ProfileResult {
  const peaks =
    native.peaks === undefined ? null : { gflops: native.peaks.operations / 1e9, gbytes: native.peaks.bytes / 1e9 };
  return {
    kind: 'mindird-profile',
    format: 1,
    model,
    threads: native.threads,
    runs: native.runs,
    totalMs: native.total_ns / 1e6,
    peaks,
    steps: native.partitions.flatMap((_, index) => partitionSteps(native, index, peaks)),
    warnings,
  };
}

function partitionSteps(native: NativeProfile, partition: number, peaks: ProfileResult['peaks']): ProfiledStep[] {
  const part = native.partitions[partition];
  if (part === undefined) return [];
  // An engine that does not tell its steps is one.
  const steps: readonly NativeStep[] =
    part.steps.length > 0 ? part.steps : [{ text: part.engine, ns: part.ns, least_ns: part.ns }];
  return steps.map((step, index) => {
    const work = step.work === undefined ? undefined : part.work[step.work];
    const [kernel = '', origin] = step.text.split('  # ');
    const together = steps.filter((other) => work !== undefined && other.work === step.work);
    const longest = together.reduce((best, other) => (other.ns > best.ns ? other : best), step);
    const ns = together.reduce((sum, other) => sum + other.ns, 0);
    return {
      partition,
      engine: part.engine,
      kernel,
      nodes: work?.nodes ?? (origin === undefined ? [] : [origin]),
      threads: step.threads ?? null,
      ms: step.ns / 1e6,
      leastMs: step.least_ns / 1e6,
      share: native.total_ns > 0 ? step.ns / native.total_ns : 0,
      rate: work !== undefined && steps.indexOf(longest) === index ? stepRate(work, ns, peaks) : null,
      chosen: work?.chosen ?? '',
      rivals: (work?.rivals ?? []).map((rival) => ({ kernel: rival.kernel, ms: rival.ns / 1e6 })),
    };
  });
}

/** What work reaches in so many nanoseconds; null where there is nothing to count. */
export function stepRate(
  work: Pick<NativeWork, 'operations' | 'bytes'>,
  ns: number,
  peaks: ProfileResult['peaks'],
): StepRate | null {
  if (ns <= 0 || (work.operations === 0 && work.bytes === 0)) return null;
  const gbytes = work.bytes / ns;
  if (work.operations === 0)
    return { gflops: null, gbytes, bound: 'memory', ofPeak: peaks === null ? null : gbytes / peaks.gbytes };
  const gflops = work.operations / ns;
  if (peaks === null) return { gflops, gbytes, bound: 'arithmetic', ofPeak: null };
  const [arithmetic, memory] = [gflops / peaks.gflops, gbytes / peaks.gbytes];
  // Within the caches any number of bytes is cheap: memory is what holds a step up only where arithmetic is far from its peak.
  return arithmetic >= memory || memory > 1
    ? { gflops, gbytes, bound: 'arithmetic', ofPeak: arithmetic }
    : { gflops, gbytes, bound: 'memory', ofPeak: memory };
}
