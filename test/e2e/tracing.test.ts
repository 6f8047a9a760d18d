// A server that tells a collector of its calls.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import { double, runToEnd, ServerProcess, Workplace } from '../support/server-process.ts';
import { until } from '../support/until.ts';

let place: Workplace;
let server: ServerProcess | undefined;
let collector: Server;
let received = '';

beforeEach(async () => {
  place = new Workplace();
  place.model('m', 1);
  received = '';
  collector = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => {
      received += text;
    });
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  collector.closeAllConnections();
  collector.close();
  place.close();
});

test('tracing: what was called is with the collector when the server has stopped', async () => {
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  server = await ServerProcess.start(place, {
    environment: { MINDIRD_TRACING_ENDPOINT: endpoint, MINDIRD_TRACING_SAMPLE: '1' },
  });
  await double(server.client(), 'm', [1, 2]);
  server.signal('SIGTERM');
  assert.equal(await server.exited(), 0);
  const names = [...received.matchAll(/"name":"([^"]+)"/g)].map(([, name]) => name);
  assert.ok(names.includes('inference.GRPCInferenceService/ModelInfer'), names.join(', '));
  assert.ok(names.includes('compute'), names.join(', '));
});

test("tracing: a caller's trace is continued, and is an exemplar of its latency", async () => {
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  server = await ServerProcess.start(place, { environment: { MINDIRD_TRACING_ENDPOINT: endpoint } });
  const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
  const client = server.client();
  await double(client, 'm', [1, 2]);
  const metadata = new Metadata();
  metadata.set('traceparent', `00-${traceId}-${spanId}-01`);
  await double(client, 'm', [1, 2], '', { metadata });
  const open = { headers: { accept: 'application/openmetrics-text; version=1.0.0' } };
  const { httpUrl } = server;
  await until(async () => {
    const text = await (await fetch(`${httpUrl}/metrics`, open)).text();
    return text.includes(`# {trace_id="${traceId}"}`);
  }, 'the exemplar');
  server.signal('SIGTERM');
  assert.equal(await server.exited(), 0);
  const spans = [...received.matchAll(/"traceId":"(\w+)"(?:,"parentSpanId":"(\w*)")?/g)].map(([, trace]) => trace);
  assert.ok(spans.length >= 5 && spans.every((trace) => trace === traceId), received);
  assert.match(received, new RegExp(`"parentSpanId":"${spanId}"`));
});

test('tracing: an endpoint that is no address keeps the server from starting', () => {
  const { code, err } = runToEnd(['serve', '--repository', place.repository, '--log-level', 'error'], {
    MINDIRD_TRACING_ENDPOINT: 'collector',
    MINDIRD_SERVER_GRPC: '127.0.0.1:0',
    MINDIRD_SERVER_HTTP: '127.0.0.1:0',
  });
  assert.equal(code, 78);
  assert.match(err, /tracing\.endpoint: found collector, want an address/);
});
