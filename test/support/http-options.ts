// Options of the HTTP port for tests: wide limits, a free port of this machine.

import type { HttpOptions } from '../../server/transport/http/server.ts';
import { BufferPool } from '../../server/transport/memory/buffer-pool.ts';
import { ByteGate } from '../../server/transport/memory/byte-gate.ts';

export function httpOptions(options: Partial<HttpOptions> = {}): HttpOptions {
  return {
    address: '127.0.0.1:0',
    admin: null,
    hosts: [],
    maxConnections: 1000,
    maxMessage: 100 * 2 ** 20,
    maxConnectionBytes: 2 ** 30,
    peerTimeoutMs: 30_000,
    gate: new ByteGate(2 ** 30),
    pool: new BufferPool(2 ** 24),
    observe: () => undefined,
    ...options,
  };
}
