// The request path of the real server over fake models: protocols, dispatch and the gRPC port on loopback.

import { Admission } from '../../server/inference/admission.ts';
import { Dispatcher } from '../../server/inference/dispatch.ts';
import { Readiness } from '../../server/inference/readiness.ts';
import type { CallEnd } from '../../server/ledger/call-end.ts';
import type { RepositoryControl } from '../../server/model/served.ts';
import { FakeAddon } from '../../server/native/fake.ts';
import { buildProtocols, type Protocols } from '../../server/protocol/index.ts';
import { addReflection } from '../../server/protocol/reflection.ts';
import { methodRunner } from '../../server/stages/methods.ts';
import { type GrpcOptions, GrpcTransport } from '../../server/transport/grpc/transport.ts';
import { FakeDirectory, type RecordedMetrics } from './fake-directory.ts';
import { FakeSettings } from './fake-settings.ts';

export interface FakeServerOptions extends Partial<GrpcOptions> {
  readonly maxRequests?: number;
  readonly control?: RepositoryControl;
}

export class FakeServer {
  readonly addon: FakeAddon = new FakeAddon();
  readonly models: FakeDirectory = new FakeDirectory(this.addon);
  readonly readiness: Readiness = new Readiness(this.models);
  readonly admission: Admission;
  readonly dispatcher: Dispatcher;
  readonly protocols: Protocols;
  readonly grpc: GrpcTransport;
  /** Every call that is over. */
  readonly ends: CallEnd[] = [];
  readonly settings: FakeSettings = new FakeSettings();
  /** What happened to connections. */
  readonly connections: string[] = [];
  /** Why connections came to nothing. */
  readonly refusals: string[] = [];

  constructor(options: FakeServerOptions = {}) {
    const { maxRequests = 1000, maxMessage = 100 * 2 ** 20, ...rest } = options;
    this.readiness.open();
    this.admission = new Admission(maxRequests);
    this.dispatcher = new Dispatcher(this.models, this.admission, this.addon, methodRunner);
    const { dispatcher, models, readiness } = this;
    const { settings } = this;
    this.protocols = buildProtocols({
      dispatcher,
      models,
      readiness,
      control: options.control,
      settings,
      serverVersion: '0.0.0-test',
      maxMessage,
    });
    const defaults = {
      addresses: ['127.0.0.1:0'],
      maxBytesInFlight: 2 ** 30,
      maxConnectionBytes: 2 ** 30,
      maxConnections: 1000,
      connectionAgeMs: null,
      connectionGraceMs: 30_000,
      tls: null,
      maxStreams: 1000,
      maxResets: 10_000,
      peerTimeoutMs: 30_000,
      detach: () => undefined,
    };
    this.grpc = new GrpcTransport(
      { ...defaults, ...rest, maxMessage },
      this.protocols.all,
      {
        call: (end, account) => {
          this.ends.push(end);
          if (end.times === undefined) return;
          (account.model?.metrics as RecordedMetrics | undefined)?.observe(end.code, end.times, end.rows);
        },
        connection: (event, _peer, error) => {
          this.connections.push(event);
          if (error !== undefined) this.refusals.push(error);
        },
      },
      [addReflection],
    );
  }

  /** Binds; returns the first address. */
  async start(): Promise<string> {
    await this.grpc.start();
    return this.grpc.addresses[0] ?? '';
  }

  /** Not ready, watches ended, streams finished or cut; true when nothing was cut. */
  async drain(timeoutMs: number): Promise<boolean> {
    this.readiness.drain();
    this.protocols.health.endWatches();
    return this.grpc.drain(timeoutMs);
  }

  stop(): void {
    this.grpc.stop();
  }
}
