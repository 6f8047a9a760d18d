// Prometheus' protobuf form (io.prometheus.client.MetricFamily, each with its length in front), the only one that carries native
// histograms. A histogram also has the text form's buckets, for a scraper that asks for protobuf and does not keep native ones.
// Field numbers are those of prometheus/client_model, io/prometheus/client/metrics.proto.

import type { Writer } from 'protobufjs';
import protobuf from 'protobufjs/minimal.js';
import { type Cells, cellCount, firstIndex, schema, upperEdge } from '../../ledger/cells.ts';
import type { Exemplars } from '../../ledger/exemplars.ts';
import { type DurationText, eachEdge, firstEdge } from './duration-text.ts';
import type { Buckets, Exposition, Family, Labels, MetricType } from './exposition.ts';
import { TextBuffer } from './text-buffer.ts';

const types: Readonly<Record<MetricType, number>> = { counter: 0, gauge: 1, histogram: 4 };

const wire = { varint: 0, double: 1, bytes: 2 } as const;
const tag = (field: number, type: number): number => (field << 3) | type;

/** Empty cells between two that hold something are told apart only where more than this many follow each other. */
const longestGap = 2;

export class ProtobufExposition implements Exposition {
  readonly contentType = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
  /** Whole families, each with its length in front. */
  readonly #chunks: Uint8Array[] = [];
  /** The metrics of the family that is written; encoded one by one, so that no family is encoded at once. */
  #metrics = new TextBuffer();
  #head: Uint8Array | undefined;
  #type: MetricType = 'gauge';

  family({ name, type, help }: Family): void {
    this.#end();
    this.#type = type;
    const head = protobuf.Writer.create()
      .uint32(tag(1, wire.bytes))
      .string(name)
      .uint32(tag(2, wire.bytes))
      .string(help);
    this.#head = head.uint32(tag(3, wire.varint)).uint32(types[type]).finish();
  }

  sample(labels: Labels, value: number): void {
    const field = this.#type === 'counter' ? 3 : 2;
    this.#metric(labels, (writer) => {
      writer.uint32(tag(field, wire.bytes)).fork().uint32(tag(1, wire.double)).double(value).ldelim();
    });
  }

  durations(labels: Labels, cells: Cells, text: DurationText, exemplars: Exemplars | undefined): void {
    this.#metric(labels, (writer) => {
      writer.uint32(tag(7, wire.bytes)).fork();
      writer.uint32(tag(1, wire.varint)).uint64(cells.count);
      writer.uint32(tag(2, wire.double)).double(cells.sum / 1e9);
      const { places } = text.edges;
      const newest = exemplars?.newest(places);
      eachEdge(text.edges, cells, firstEdge(text.edges, cells), (edge, count) => {
        const place = places[edge] ?? 0;
        const exemplar = newest?.[edge];
        writer.uint32(tag(3, wire.bytes)).fork();
        writer.uint32(tag(1, wire.varint)).uint64(count).uint32(tag(2, wire.double)).double(upperEdge(place));
        if (exemplar !== undefined) {
          const { traceId, ns, at } = exemplar;
          writer.uint32(tag(3, wire.bytes)).fork();
          pair(writer, 1, 'trace_id', traceId);
          writer.uint32(tag(2, wire.double)).double(ns / 1e9);
          timestamp(writer, 3, performance.timeOrigin + at);
          writer.ldelim();
        }
        writer.ldelim();
      });
      native(writer, cells);
      writer.ldelim();
    });
  }

  buckets(labels: Labels, { bounds, counts, sum }: Buckets): void {
    this.#metric(labels, (writer) => {
      let total = 0;
      for (let i = 0; i < counts.length; i++) total += counts[i] ?? 0;
      writer.uint32(tag(7, wire.bytes)).fork();
      writer.uint32(tag(1, wire.varint)).uint64(total).uint32(tag(2, wire.double)).double(sum);
      let below = 0;
      for (let i = 0; i <= bounds.length; i++) {
        below += counts[i] ?? 0;
        writer.uint32(tag(3, wire.bytes)).fork().uint32(tag(1, wire.varint)).uint64(below);
        writer
          .uint32(tag(2, wire.double))
          .double(bounds[i] ?? Number.POSITIVE_INFINITY)
          .ldelim();
      }
      writer.ldelim();
    });
  }

  finish(): readonly Uint8Array[] {
    this.#end();
    return this.#chunks;
  }

  #end(): void {
    const head = this.#head;
    if (head === undefined) return;
    const metrics = this.#metrics.written();
    const length = metrics.reduce((sum, { length: bytes }) => sum + bytes, head.length);
    this.#chunks.push(protobuf.Writer.create().uint32(length).finish(), head, ...metrics);
    this.#metrics = new TextBuffer();
    this.#head = undefined;
  }

  #metric(labels: Labels, value: (writer: Writer) => void): void {
    const writer = protobuf.Writer.create().uint32(tag(4, wire.bytes)).fork();
    for (const [name, text] of labels.pairs) pair(writer, 1, name, text);
    value(writer);
    this.#metrics.bytes(writer.ldelim().finish());
  }
}

function pair(writer: Writer, field: number, name: string, value: string): void {
  writer.uint32(tag(field, wire.bytes)).fork();
  writer.uint32(tag(1, wire.bytes)).string(name).uint32(tag(2, wire.bytes)).string(value).ldelim();
}

function timestamp(writer: Writer, field: number, ms: number): void {
  const seconds = Math.floor(ms / 1000);
  writer.uint32(tag(field, wire.bytes)).fork().uint32(tag(1, wire.varint)).int64(seconds);
  writer
    .uint32(tag(2, wire.varint))
    .int32(Math.round((ms - seconds * 1000) * 1e6))
    .ldelim();
}

/** The native part: schema, what is below all cells, and runs of cells with the differences of their counts. */
function native(writer: Writer, { counts }: Cells): void {
  writer.uint32(tag(5, wire.varint)).sint32(schema);
  writer.uint32(tag(6, wire.double)).double(upperEdge(0));
  writer.uint32(tag(7, wire.varint)).uint64(counts[0] ?? 0);
  const runs = runsOf(counts);
  let next = 0;
  for (const { first, length } of runs) {
    const index = first + firstIndex;
    writer.uint32(tag(12, wire.bytes)).fork();
    writer.uint32(tag(1, wire.varint)).sint32(index - next);
    writer.uint32(tag(2, wire.varint)).uint32(length).ldelim();
    next = index + length;
  }
  // A histogram without a run would be read as a classic one; an empty run says that it is native.
  if (runs.length === 0) writer.uint32(tag(12, wire.bytes)).fork().uint32(tag(1, wire.varint)).sint32(0).ldelim();
  writer.uint32(tag(13, wire.bytes)).fork();
  let before = 0;
  for (const { first, length } of runs)
    for (let place = first; place < first + length; place++) {
      writer.sint64((counts[place] ?? 0) - before);
      before = counts[place] ?? 0;
    }
  writer.ldelim();
}

interface Run {
  readonly first: number;
  readonly length: number;
}

function runsOf(counts: Float64Array): readonly Run[] {
  const runs: { first: number; length: number }[] = [];
  for (let place = 1; place < cellCount; place++) {
    if ((counts[place] ?? 0) === 0) continue;
    const last = runs.at(-1);
    if (last !== undefined && place - (last.first + last.length) <= longestGap) last.length = place - last.first + 1;
    else runs.push({ first: place, length: 1 });
  }
  return runs;
}
