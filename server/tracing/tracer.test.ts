import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { callEnd, stageTimes } from '../../test/support/call-end.ts';
import type { CallEnd } from '../ledger/call-end.ts';
import { parseTraceparent } from '../ledger/traceparent.ts';
import { Tracer } from './tracer.ts';

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code?: number };
}

interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

let collector: Server;
let endpoint = '';
let bodies: OtlpBody[] = [];
let types: string[] = [];

beforeEach(async () => {
  [bodies, types] = [[], []];
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      types.push(`${request.method} ${request.url} ${request.headers['content-type']}`);
      bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as OtlpBody);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
});

afterEach(() => {
  collector.closeAllConnections();
  collector.close();
});

const warnings: string[] = [];
const log = {
  warn: (event: string, keys: { readonly error?: string } = {}) => warnings.push(`${event} ${keys.error}`),
};
const spans = (): readonly OtlpSpan[] =>
  bodies.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
  );

const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
const traced = (flags: string, more: Partial<CallEnd> = {}): CallEnd =>
  callEnd({
    servable: 'm',
    version: '3',
    endedAt: performance.now(),
    totalNs: 10e6,
    times: stageTimes(10e6),
    rows: 2,
    parent: parseTraceparent(`00-${traceId}-${spanId}-${flags}`),
    ...more,
  });

/** Ends a tracer that has seen these calls; what it told lies in spans(). */
async function told(sample: number, calls: readonly CallEnd[]): Promise<void> {
  const tracer = new Tracer({ endpoint, sample, serverVersion: '1.2.3' }, log);
  for (const call of calls) tracer.ended(call);
  await tracer.stop();
}

test("tracing: a sampled call is a span of its caller's trace, with its stages below it, one after the other", async () => {
  await told(0, [traced('01')]);
  assert.deepEqual(types, ['POST /v1/traces application/json']);
  const [server, ...others] = spans().toSorted((a, b) =>
    a.parentSpanId === spanId ? -1 : b.parentSpanId === spanId ? 1 : 0,
  );
  assert.ok(server !== undefined);
  assert.deepEqual(
    [server.traceId, server.parentSpanId, server.name],
    [traceId, spanId, 'inference.GRPCInferenceService/ModelInfer'],
  );
  const attributes = new Map(server.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
  assert.deepEqual(
    ['rpc.system', 'rpc.service', 'rpc.method', 'mindird.model', 'mindird.version', 'mindird.code'].map((key) =>
      attributes.get(key),
    ),
    ['grpc', 'inference.GRPCInferenceService', 'ModelInfer', 'm', '3', 'OK'],
  );
  assert.equal(BigInt(server.endTimeUnixNano) - BigInt(server.startTimeUnixNano) > 9_900_000n, true);
  const stages = others.toSorted((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)));
  assert.deepEqual(
    stages.map(({ name }) => name),
    ['receive', 'decode', 'queue', 'gather', 'compute', 'scatter', 'encode', 'send'],
  );
  for (const [i, stage] of stages.entries()) {
    assert.deepEqual([stage.traceId, stage.parentSpanId], [traceId, server.spanId]);
    const gap = BigInt(stage.startTimeUnixNano) - BigInt(stages[i - 1]?.endTimeUnixNano ?? server.startTimeUnixNano);
    assert.ok(gap >= -1000n && gap <= 1000n, `${stage.name}: ${gap} ns apart`);
  }
  const resource = bodies[0]?.resourceSpans[0]?.resource.attributes.find(({ key }) => key === 'service.name');
  assert.deepEqual(resource?.value, { stringValue: 'mindird' });
});

test('tracing: a call over HTTP has the attributes of HTTP', async () => {
  await told(0, [{ ...traced('01'), method: 'POST /v2/models/:model/infer', code: 'NOT_FOUND' }]);
  const server = spans().find(({ parentSpanId }) => parentSpanId === spanId);
  assert.equal(server?.name, 'POST /v2/models/:model/infer');
  const attributes = new Map(server?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
  assert.deepEqual(
    ['rpc.system', 'http.request.method', 'http.route', 'http.response.status_code'].map((key) => attributes.get(key)),
    [undefined, 'POST', '/v2/models/:model/infer', 404],
  );
});

test('tracing: what the caller does not keep is not told, nor what nobody asked for', async () => {
  await told(0, [traced('00'), callEnd({ totalNs: 1e6 })]);
  assert.deepEqual(bodies, []);
});

test('tracing: a share of the calls without a trace begins one', async () => {
  await told(1, [callEnd({ endedAt: performance.now() }), traced('00')]);
  assert.equal(spans().length, 1);
  assert.match(spans()[0]?.traceId ?? '', /^[0-9a-f]{32}$/);
});

test('tracing: failures of the server are errors, mistakes of the caller are not', async () => {
  const failed = (code: CallEnd['code']): CallEnd => traced('01', { code, times: undefined, rows: 0 });
  await told(0, [
    failed('ENGINE_FAILED'),
    failed('OVERLOADED'),
    failed('DEADLINE_EXCEEDED'),
    failed('INVALID_ARGUMENT'),
    failed('CANCELLED'),
  ]);
  assert.deepEqual(
    spans().map(({ status }) => status.code ?? 0),
    [2, 2, 2, 0, 0],
  );
});

test('tracing: a collector that is away costs a warning, not the server', async () => {
  collector.closeAllConnections();
  collector.close();
  await once(collector, 'close');
  warnings.length = 0;
  const tracer = new Tracer({ endpoint, sample: 0, serverVersion: '1' }, log);
  tracer.ended(traced('01'));
  tracer.ended(traced('01'));
  await tracer.stop();
  assert.equal(warnings.length, 1, warnings.join('\n'));
  assert.match(warnings[0] ?? '', /^trace\.failed .*(?:ECONNREFUSED|retry|Export)/i);
});

test('tracing: an endpoint that is no address is refused', () => {
  for (const wrong of ['collector:4318', 'ftp://x/', '', 'http://'])
    assert.throws(
      () => new Tracer({ endpoint: wrong, sample: 0, serverVersion: '1' }, log),
      /^ServingError: tracing\.endpoint: found/,
    );
});
