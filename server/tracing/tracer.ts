// Traces to an OpenTelemetry collector: a span of each call that is sampled, and below it one of each stage. Spans are made of the
// record of an ended call, so that a call knows nothing of them. The daemon loads this, and the library, only where an endpoint is set.

import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { CODES, isErrorCode, ServingError } from '../errors.ts';
import type { CallEnd } from '../ledger/call-end.ts';
import { stagesOf } from '../ledger/stage-times.ts';
import type { Log } from '../log.ts';
import type { RequestTimes } from '../model/served.ts';

export interface TracerOptions {
  /** Where OTLP over HTTP is taken, such as http://collector:4318/v1/traces. */
  readonly endpoint: string;
  /** Share of the calls without a trace of their own that begin one. */
  readonly sample: number;
  readonly serverVersion: string;
}

/** Failures to export come with every batch while a collector is away. */
const tellEveryMs = 60_000;
/** A collector that does not answer for so long loses what it was sent. */
const exportTimeoutMs = 5000;
/** A caller chooses what it asks for. */
const longestName = 256;

export class Tracer {
  readonly #provider: TracerProvider;
  #sample: number;
  #root: Sampler;

  /** Throws INVALID_CONFIG for an endpoint that is no HTTP address. */
  constructor({ endpoint, sample, serverVersion }: TracerOptions, log: Pick<Log, 'warn'>) {
    if (!/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : ''))
      throw new ServingError(
        'INVALID_CONFIG',
        `tracing.endpoint: found ${endpoint}, want an address such as http://collector:4318/v1/traces`,
      );
    this.#sample = sample;
    this.#root = new TraceIdRatioBasedSampler(sample);
    const root: Sampler = {
      shouldSample: (...call) => this.#root.shouldSample(...call),
      toString: () => String(this.#root),
    };
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'mindird', 'service.version': serverVersion }),
      sampler: new ParentBasedSampler({ root }),
      spanProcessors: [new BatchSpanProcessor({ exporter: outspoken(endpoint, log) })],
    });
  }

  /** Share of the calls without a trace of their own that begin one. */
  get sample(): number {
    return this.#sample;
  }

  set sample(share: number) {
    this.#sample = share;
    this.#root = new TraceIdRatioBasedSampler(share);
  }

  /** Makes the spans of a call, if it is sampled. */
  ended(call: CallEnd): void {
    const { parent, method, code, endedAt, totalNs, times } = call;
    if (parent === undefined ? this.#sample === 0 : !parent.sampled) return;
    const context =
      parent === undefined
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, {
            traceId: parent.traceId,
            spanId: parent.spanId,
            traceFlags: TraceFlags.SAMPLED,
            isRemote: true,
          });
    const end = performance.timeOrigin + endedAt;
    const begin = end - totalNs / 1e6;
    const tracer = this.#provider.getTracer('mindird');
    const span = tracer.startSpan(
      method.replace(/^\//, ''),
      { kind: SpanKind.SERVER, startTime: begin, attributes: attributesOf(call) },
      context,
    );
    if (span.isRecording()) {
      if (times !== undefined) this.#stages(span, times, begin);
      if (isServerFault(code)) span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    }
    span.end(end);
  }

  /** Stages follow each other, so each begins where the one before ended. */
  #stages(span: Span, times: RequestTimes, begin: number): void {
    const below = trace.setSpan(ROOT_CONTEXT, span);
    const tracer = this.#provider.getTracer('mindird');
    let at = begin;
    for (const [name, ns] of stagesOf(times)) {
      const until = at + ns / 1e6;
      tracer.startSpan(name, { startTime: at }, below).end(until);
      at = until;
    }
  }

  /** Sends what is left, as far as the collector takes it at once. */
  async stop(): Promise<void> {
    await this.#provider.shutdown().catch(() => undefined);
  }
}

function attributesOf({
  method,
  servable,
  version,
  code,
  rows,
  bytesIn,
  bytesOut,
  peer,
}: CallEnd): Record<string, string | number> {
  return {
    ...(method.startsWith('/') ? rpcAttributes(method, code) : httpAttributes(method, code)),
    'mindird.code': code,
    ...(servable === '' ? {} : { 'mindird.model': servable.slice(0, longestName) }),
    ...(version === '' ? {} : { 'mindird.version': version.slice(0, longestName) }),
    ...(rows === 0 ? {} : { 'mindird.rows': rows }),
    ...(bytesIn === 0 ? {} : { 'mindird.bytes_in': bytesIn }),
    ...(bytesOut === 0 ? {} : { 'mindird.bytes_out': bytesOut }),
    ...(peer === '' ? {} : { 'client.address': peer }),
  };
}

function rpcAttributes(method: string, code: string): Record<string, string | number> {
  const [, service = '', name = ''] = method.split('/');
  return {
    'rpc.system': 'grpc',
    'rpc.service': service.slice(0, longestName),
    'rpc.method': name.slice(0, longestName),
    'rpc.grpc.status_code': isErrorCode(code) ? CODES[code].grpc : 0,
  };
}

/** Calls over HTTP have the method and the route as their name. */
function httpAttributes(call: string, code: string): Record<string, string | number> {
  const [method = '', route = ''] = call.split(' ');
  return {
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': isErrorCode(code) ? CODES[code].http : 200,
  };
}

/** gRPC's codes that are errors of a server by the conventions for its spans: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const serverFaults: ReadonlySet<number> = new Set([2, 4, 12, 13, 14, 15]);

function isServerFault(code: string): boolean {
  return isErrorCode(code) && serverFaults.has(CODES[code].grpc);
}

/** An exporter that tells of failures, at most once a minute; the library itself keeps them to itself. */
function outspoken(endpoint: string, log: Pick<Log, 'warn'>): SpanExporter {
  const exporter = new OTLPTraceExporter({ url: endpoint, timeoutMillis: exportTimeoutMs });
  let told = Number.NEGATIVE_INFINITY;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined && performance.now() - told >= tellEveryMs) {
          told = performance.now();
          log.warn('trace.failed', { path: endpoint, count: spans.length, error: result.error.message.slice(0, 500) });
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush(),
  };
}
