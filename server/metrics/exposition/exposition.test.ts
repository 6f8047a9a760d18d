import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { Cells, cellCount, firstIndex, placeOf, upperEdge } from '../../ledger/cells.ts';
import { Exemplars } from '../../ledger/exemplars.ts';
import { DurationText } from './duration-text.ts';
import { requestEdges, stageEdges } from './edges.ts';
import { type Exposition, Labels } from './exposition.ts';
import { negotiate } from './negotiate.ts';
import { ProtobufExposition } from './protobuf.ts';
import { TextExposition } from './text.ts';

const family = { name: 'd_seconds', type: 'histogram', help: 'Help with "quotes".' } as const;
const labels = new Labels([
  ['a', 'x"y\\z\n'],
  ['b', '1'],
]);

function scrape(out: Exposition, cells: Cells, text: DurationText, exemplars?: Exemplars): Uint8Array {
  out.family(family);
  out.durations(labels, cells, text, exemplars);
  return Buffer.concat(out.finish());
}

/** Bounds and cumulative counts of the lines of buckets. */
function bucketsOf(text: string): readonly (readonly [number, number])[] {
  return [...text.matchAll(/le="([^"]+)"\} (\d+)/g)].map(([, le, count]) => [
    le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le),
    Number(count),
  ]);
}

/** Durations of many sizes: counts get more digits, and lower cells are reached late. */
const durations = fc.array(fc.tuple(fc.double({ min: 3, max: 11, noNaN: true }), fc.constantFrom(1, 9, 90, 900)), {
  maxLength: 12,
});

test('exposition: every scrape of the text form shows what was observed so far', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(requestEdges, stageEdges), (observed, edges) => {
      const cells = new Cells();
      const text = new DurationText(family.name, labels.text, edges);
      for (const [exponent, times] of observed) {
        const ns = 10 ** exponent;
        for (let i = 0; i < times; i++) cells.observe(ns);
        const shown = Buffer.from(scrape(new TextExposition(false), cells, text)).toString();
        const buckets = bucketsOf(shown);
        for (const [le, count] of buckets) {
          const place = le === Number.POSITIVE_INFINITY ? cellCount - 1 : Math.round(Math.log2(le) * 8) - firstIndex;
          assert.equal(
            count,
            cells.counts.subarray(0, place + 1).reduce((sum, n) => sum + n, 0),
          );
        }
        assert.ok(
          buckets.length === edges.places.length || buckets[0]?.[1] === 0,
          'lines are missing that hold counts',
        );
        assert.ok(shown.includes(`d_seconds_count{${labels.text}} ${cells.count}\n`));
      }
    }),
    { numRuns: 50 },
  );
});

test('exposition: bounds of requests are at most 25 % apart from a quarter of a millisecond to a second', () => {
  const bounds = requestEdges.places.map(upperEdge).filter((bound) => bound >= 0.00024 && bound <= 1);
  assert.ok(bounds.length > 40);
  for (const [i, bound] of bounds.slice(1).entries()) assert.ok(bound / (bounds[i] ?? 0) <= 1.25);
});

const schema = `
syntax = "proto3";
message LabelPair { string name = 1; string value = 2; }
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message Exemplar { repeated LabelPair label = 1; double value = 2; Timestamp timestamp = 3; }
message Bucket { uint64 cumulative_count = 1; double upper_bound = 2; Exemplar exemplar = 3; }
message BucketSpan { sint32 offset = 1; uint32 length = 2; }
message Histogram { uint64 sample_count = 1; double sample_sum = 2; repeated Bucket bucket = 3; sint32 schema = 5;
  double zero_threshold = 6; uint64 zero_count = 7; repeated BucketSpan positive_span = 12; repeated sint64 positive_delta = 13; }
message Number { double value = 1; }
message Metric { repeated LabelPair label = 1; Number gauge = 2; Number counter = 3; Histogram histogram = 7; }
message MetricFamily { string name = 1; string help = 2; int32 type = 3; repeated Metric metric = 4; }`;
const familyType = protobuf.parse(schema, { keepCase: true }).root.lookupType('MetricFamily');

interface DecodedHistogram {
  readonly sample_count: number;
  readonly sample_sum: number;
  readonly schema: number;
  readonly zero_count: number;
  readonly bucket: readonly {
    readonly cumulative_count: number;
    readonly upper_bound: number;
    readonly exemplar?: { readonly label: readonly { readonly value: string }[]; readonly value: number };
  }[];
  readonly positive_span: readonly { readonly offset: number; readonly length: number }[];
  readonly positive_delta: readonly number[];
}

function decode(bytes: Uint8Array): readonly {
  readonly name: string;
  readonly type: number;
  readonly metric: readonly {
    readonly label: readonly { readonly name: string; readonly value: string }[];
    readonly gauge?: { readonly value: number };
    readonly counter?: { readonly value: number };
    readonly histogram: DecodedHistogram;
  }[];
}[] {
  const reader = protobuf.Reader.create(bytes);
  const found: unknown[] = [];
  while (reader.pos < reader.len)
    found.push(familyType.toObject(familyType.decodeDelimited(reader), { longs: Number, arrays: true }));
  return found as ReturnType<typeof decode>;
}

/** Counts by native index, as a reader of spans and deltas sees them. */
function nativeCounts({ positive_span: spans, positive_delta: deltas }: DecodedHistogram): Map<number, number> {
  const counts = new Map<number, number>();
  let [index, at, count] = [0, 0, 0];
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++) {
      count += deltas[at++] ?? Number.NaN;
      if (count !== 0) counts.set(index, count);
      index += 1;
    }
  }
  assert.equal(at, deltas.length);
  return counts;
}

test('exposition: a native histogram has the cells of the ledger', () => {
  fc.assert(
    fc.property(durations, (observed) => {
      const cells = new Cells();
      for (const [exponent, times] of observed) for (let i = 0; i < times; i++) cells.observe(10 ** exponent);
      const text = new DurationText(family.name, labels.text, requestEdges);
      const [decoded] = decode(scrape(new ProtobufExposition(), cells, text));
      const histogram = decoded?.metric[0]?.histogram;
      assert.ok(histogram !== undefined);
      assert.deepEqual([histogram.schema, histogram.sample_count], [3, cells.count]);
      const wanted = new Map<number, number>();
      cells.counts.forEach((count, place) => {
        if (count > 0 && place > 0) wanted.set(place + firstIndex, count);
      });
      assert.deepEqual(nativeCounts(histogram), wanted);
      assert.equal(histogram.zero_count, cells.counts[0]);
      assert.ok(histogram.positive_span.length > 0, 'nothing says that it is native');
      assert.deepEqual(histogram.bucket.at(-1), {
        cumulative_count: cells.count,
        upper_bound: Number.POSITIVE_INFINITY,
      });
    }),
    { numRuns: 50 },
  );
});

test('exposition: samples and classic histograms in protobuf', () => {
  const out = new ProtobufExposition();
  out.family({ name: 'c_total', type: 'counter', help: 'h' });
  out.sample(labels, 5);
  out.family({ name: 'g', type: 'gauge', help: 'h' });
  out.sample(new Labels([]), -1.5);
  out.family({ name: 'b', type: 'histogram', help: 'h' });
  out.buckets(labels, { bounds: [1, 2], counts: [3, 0, 4], sum: 9 });
  const [counter, gauge, buckets] = decode(Buffer.concat(out.finish()));
  assert.deepEqual(counter?.metric[0]?.label, [
    { name: 'a', value: 'x"y\\z\n' },
    { name: 'b', value: '1' },
  ]);
  assert.deepEqual([counter?.name, counter?.type, counter?.metric[0]?.counter?.value], ['c_total', 0, 5]);
  assert.deepEqual([gauge?.type, gauge?.metric[0]?.gauge?.value], [1, -1.5]);
  const histogram = buckets?.metric[0]?.histogram;
  assert.deepEqual([histogram?.sample_count, histogram?.sample_sum], [7, 9]);
  assert.deepEqual(
    histogram?.bucket.map((bucket) => bucket.cumulative_count),
    [3, 3, 7],
  );
});

test('exposition: OpenMetrics and protobuf have the trace id of the newest request of a bucket', () => {
  const [cells, exemplars] = [new Cells(), new Exemplars()];
  for (const ns of [2e6, 2.1e6, 40e6]) cells.observe(ns);
  exemplars.take(2e6, 'a'.repeat(32), 1000);
  exemplars.take(2.1e6, 'b'.repeat(32), 2000);
  exemplars.take(40e6, 'c'.repeat(32), 3000);
  const text = new DurationText(family.name, labels.text, requestEdges);
  const open = Buffer.from(scrape(new TextExposition(true), cells, text, exemplars)).toString();
  assert.match(open, /le="0\.00232267"\} 2 # \{trace_id="b{32}"\} 0\.0021 \d+\.\d{3}\n/);
  assert.match(open, /le="0\.0441942"\} 3 # \{trace_id="c{32}"\} 0\.04 \d+\.\d{3}\n/);
  assert.doesNotMatch(open, /a{32}/);
  assert.match(open, /^# HELP d_seconds Help with \\"quotes\\"\.\n/);
  const plain = Buffer.from(scrape(new TextExposition(false), cells, text, exemplars)).toString();
  assert.doesNotMatch(plain, /trace_id/);
  const [decoded] = decode(scrape(new ProtobufExposition(), cells, text, exemplars));
  const marked = decoded?.metric[0]?.histogram.bucket.flatMap(({ exemplar }) => exemplar?.label[0]?.value ?? []);
  assert.deepEqual(marked, ['b'.repeat(32), 'c'.repeat(32)]);
});

test('exposition: the scraper gets the format it likes best', () => {
  const native =
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
  assert.equal(negotiate(native), 'protobuf');
  assert.equal(negotiate(native.slice(native.indexOf(',') + 1)), 'openmetrics');
  assert.equal(negotiate('application/vnd.google.protobuf;proto=Other;encoding=text, text/plain;q=0.2'), 'text');
  assert.equal(negotiate('text/plain;q=0.9, application/openmetrics-text;q=0.8'), 'text');
  assert.equal(negotiate('application/openmetrics-text;q=0'), 'text');
  for (const accept of ['', '*/*', 'text/html', ';;,,=;q=x', 'a'.repeat(10_000)])
    assert.equal(negotiate(accept), 'text');
});

test('exposition: cells of the lowest place are those below every bound', () => {
  assert.equal(placeOf(900), 0);
});
