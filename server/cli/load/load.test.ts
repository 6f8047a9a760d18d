import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TensorSpec } from '../../native/binding-types.ts';
import { itemSize } from '../../npz/dtype.ts';
import { elementNames } from '../../util/element-types.ts';
import { measureArticle, summarise } from './article.ts';
import { closedLoop } from './closed-loop.ts';
import { arrivalTimes, openLoop } from './open-loop.ts';
import type { LoadClock } from './outcome.ts';
import { RandomInputs } from './random-inputs.ts';
import { percentile, Series } from './series.ts';
import { statisticsDifference } from './statistics.ts';

/** Time that passes only when someone sleeps; sleepers wake in the order of their times. */
class FakeClock implements LoadClock {
  #now = 0;
  #sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ at: this.#now + ms, wake });
      setImmediate(() => this.#advance());
    });
  }

  async turn(): Promise<void> {
    await this.sleep(0.01);
  }

  #advance(): void {
    this.#sleepers.sort((a, b) => a.at - b.at);
    const next = this.#sleepers.shift();
    if (next === undefined) return;
    this.#now = Math.max(this.#now, next.at);
    next.wake();
  }
}

const times = (computeInferMs: number) => ({
  receiveMs: 0,
  decodeMs: 0,
  queueMs: 0,
  computeInputMs: 0,
  computeInferMs,
  computeOutputMs: 0,
  totalMs: computeInferMs,
});
const ignore = () => undefined;

describe('series: exact percentiles', () => {
  it('a percentile is the smallest value that covers its share', () => {
    const series = new Series();
    for (let i = 5000; i >= 1; i--) series.add(i);
    const summary = series.summary();
    assert.deepEqual(
      summary?.percentiles.map(({ ms, weak }) => [ms, weak]),
      [
        [2500, false],
        [4500, false],
        [4950, false],
        [4995, true],
      ],
    );
    assert.deepEqual([summary?.count, summary?.min, summary?.max, summary?.mean], [5000, 1, 5000, 2500.5]);
  });

  it('ten samples must lie beyond a percentile for it to be strong', () => {
    assert.equal(percentile(new Float64Array(1000), 0.99).weak, false);
    assert.equal(percentile(new Float64Array(999), 0.99).weak, true);
    assert.equal(percentile(new Float64Array(10_000), 0.999).weak, false);
  });

  it('an empty series has no summary', () => assert.equal(new Series().summary(), undefined));
});

describe('closed loop: callers wait for their reply', () => {
  it('four callers at 10 ms each send 400 a second and record 10 ms', async () => {
    const clock = new FakeClock();
    const { outcome, wallMs } = await closedLoop(
      async () => {
        await clock.sleep(10);
        return times(4);
      },
      { concurrency: 4, durationMs: 100, requests: 0 },
      clock,
      ignore,
    );
    assert.equal(outcome.succeeded, 40);
    assert.equal(wallMs, 100);
    assert.equal(outcome.latency.summary()?.max, 10);
    assert.equal(outcome.stageSummaries().computeInferMs?.mean, 4);
  });

  it('a number of requests ends it before the duration', async () => {
    const clock = new FakeClock();
    const send = () => clock.sleep(1).then(ignore);
    const { outcome } = await closedLoop(send, { concurrency: 3, durationMs: 1e6, requests: 7 }, clock, ignore);
    assert.equal(outcome.succeeded, 7);
  });

  it('failures are counted by text and do not enter the latencies', async () => {
    const clock = new FakeClock();
    const send = async (index: number) => {
      await clock.sleep(1);
      if (index % 2 === 1) throw new Error('refused');
      return undefined;
    };
    const { outcome } = await closedLoop(send, { concurrency: 1, durationMs: 1e6, requests: 10 }, clock, ignore);
    assert.deepEqual([outcome.succeeded, outcome.failed, outcome.errors.get('refused')], [5, 5, 5]);
  });
});

describe('open loop: arrivals are fixed in advance', () => {
  it('the schedule depends on the seed alone and has the asked rate', () => {
    const first = arrivalTimes(1000, 20_000, 7);
    assert.deepEqual(first, arrivalTimes(1000, 20_000, 7));
    assert.notDeepEqual(first, arrivalTimes(1000, 20_000, 8));
    assert.ok(Math.abs(first.length - 20_000) < 4 * Math.sqrt(20_000), `${first.length} arrivals`);
    const gaps = first.slice(1).map((at, i) => at - (first[i] ?? 0));
    const mean = gaps.reduce((a, b) => a + b) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    assert.ok(Math.abs(deviation / mean - 1) < 0.05, 'exponential gaps deviate by their mean');
  });

  it('a schedule too long for memory is refused', () => {
    assert.throws(() => arrivalTimes(1e9, 1e9, 1), /too many arrivals/);
  });

  it('a stall of the server is seen by every request that should have been sent meanwhile', async () => {
    const clock = new FakeClock();
    let free = 0;
    // One at a time, 1 ms each, except the first: it holds the server for 100 ms.
    const send = async (index: number) => {
      free = Math.max(free, clock.now()) + (index === 0 ? 100 : 1);
      await clock.sleep(free - clock.now());
      return undefined;
    };
    const arrivals = Float64Array.from([0, 10, 20, 30, 300]);
    const result = await openLoop(send, arrivals, { rate: 1, durationMs: 400, maxOutstanding: 100 }, clock, ignore);
    const summary = result.outcome.latency.summary();
    assert.equal(result.outcome.succeeded, 5);
    assert.ok((summary?.max ?? 0) >= 100);
    assert.ok((summary?.percentiles[0]?.ms ?? 0) > 70, 'the median holds the stall');
    assert.ok((result.lag.summary()?.max ?? 99) < 1);
  });

  it('arrivals beyond the bound of outstanding requests are missed, not queued silently', async () => {
    const clock = new FakeClock();
    const send = () => clock.sleep(1000).then(ignore);
    const arrivals = Float64Array.from([0, 1, 2, 3, 4]);
    const result = await openLoop(send, arrivals, { rate: 1, durationMs: 10, maxOutstanding: 2 }, clock, ignore);
    assert.deepEqual([result.arrivals, result.missed, result.outcome.succeeded], [5, 3, 2]);
  });
});

describe("article's rule: two skipped, ten averaged", () => {
  it('means leave the skipped requests out', async () => {
    const result = await measureArticle(async (index) => ({
      responseMs: index < 2 ? 1000 : index,
      times: times(index < 2 ? 13 : 6.5),
    }));
    assert.equal(result.counted.length, 10);
    assert.equal(result.meanResponseMs, 6.5);
    assert.equal(result.meanEngineMs, 6.5);
    assert.equal(result.warmRatio, 2);
  });

  it('without stage times there is no engine mean', () => {
    const result = summarise(
      Array.from({ length: 12 }, () => ({ responseMs: 1, engineMs: undefined, times: undefined })),
    );
    assert.equal(result.meanEngineMs, undefined);
    assert.equal(result.warmRatio, undefined);
  });
});

describe('random inputs: from the signature', () => {
  const choice = { seed: 1, integers: [0, 1], shapes: new Map() } as const;

  it('every type makes tensors of the right size with values of the range', () => {
    for (const dtype of elementNames) {
      const spec: TensorSpec = { name: 'x', dtype, shape: [2, 3] };
      const [tensor] = new RandomInputs([spec], choice).next();
      assert.equal(tensor?.bytes.length, 6 * itemSize(dtype), dtype);
      const low = tensor?.bytes[0] ?? 255;
      if (/INT|BOOL/.test(dtype)) assert.ok(low <= 1, dtype);
    }
  });

  it('a thousand requests are all different', () => {
    const inputs = new RandomInputs([{ name: 'x', dtype: 'FP32', shape: [1, 16] }], choice);
    const seen = new Set(
      Array.from({ length: 1000 }, () => Buffer.from(inputs.next()[0]?.bytes ?? []).toString('hex')),
    );
    assert.equal(seen.size, 1000);
  });

  it('unknown sizes are 1 unless a fitting shape is given', () => {
    const spec: TensorSpec = { name: 'x', dtype: 'INT8', shape: [-1, 4] };
    assert.deepEqual(new RandomInputs([spec], choice).next()[0]?.shape, [1, 4]);
    const eight = { ...choice, shapes: new Map([['x', [8, 4]]]) };
    assert.deepEqual(new RandomInputs([spec], eight).next()[0]?.shape, [8, 4]);
    assert.throws(
      () => new RandomInputs([spec], { ...choice, shapes: new Map([['x', [8, 5]]]) }),
      /input "x": shape \[8,5\] does not fit \[-1,4\]/,
    );
    assert.throws(
      () => new RandomInputs([spec], { ...choice, shapes: new Map([['y', [8, 5]]]) }),
      /the model has no such input, it has x/,
    );
  });
});

describe('statistics: difference of two readings', () => {
  const reading = (count: number, ns: number) => ({
    name: 'm',
    version: '1',
    inference_count: count,
    execution_count: count / 2,
    inference_stats: {
      success: { count, ns },
      fail: null,
      queue: null,
      compute_input: null,
      compute_infer: { count, ns },
      compute_output: null,
    },
  });

  it('means are per request of the run only', () => {
    const difference = statisticsDifference(reading(10, 1e9), reading(30, 1e9 + 40e6));
    assert.equal(difference?.stages.compute_infer.meanMs, 2);
    assert.deepEqual([difference?.inferences, difference?.executions], [20, 10]);
  });

  it('a reload between the readings gives no difference', () => {
    assert.equal(statisticsDifference(reading(30, 1), reading(10, 1)), undefined);
  });
});
