// The request path of the real server over fake models: protocols, dispatch and both ports on loopback.

import type { CallObserver } from '../../server/inference/account.ts';
import { Admission } from '../../server/inference/admission.ts';
import { Dispatcher } from '../../server/inference/dispatch.ts';
import { Readiness } from '../../server/inference/readiness.ts';
import type { SharedRegions } from '../../server/inference/shared-regions.ts';
import type { CallEnd } from '../../server/ledger/call-end.ts';
import type { RepositoryControl } from '../../server/model/served.ts';
import { FakeAddon } from '../../server/native/fake.ts';
import { buildProtocols, type Protocols } from '../../server/protocol/index.ts';
import { addReflection } from '../../server/protocol/reflection.ts';
import { methodRunner } from '../../server/stages/methods.ts';
import { type GrpcOptions, GrpcTransport } from '../../server/transport/grpc/transport.ts';
import { openApiRoute } from '../../server/transport/http/openapi.ts';
import { HttpTransport } from '../../server/transport/http/server.ts';
import { FakeDirectory, type RecordedMetrics } from './fake-directory.ts';
import { FakeSettings } from './fake-settings.ts';
import { httpOptions } from './http-options.ts';

export interface FakeServerOptions extends Partial<GrpcOptions> {
  readonly maxRequests?: number;
  readonly control?: RepositoryControl;
  readonly regions?: SharedRegions;
}

export class FakeServer {
  readonly addon: FakeAddon = new FakeAddon();
  readonly models: FakeDirectory = new FakeDirectory(this.addon);
  readonly readiness: Readiness = new Readiness(this.models);
  readonly admission: Admission;
  readonly dispatcher: Dispatcher;
  readonly protocols: Protocols;
  readonly grpc: GrpcTransport;
  readonly http: HttpTransport;
  /** Every call that is over. */
  readonly ends: CallEnd[] = [];
  readonly settings: FakeSettings = new FakeSettings();
  /** Failures of the HTTP port that are bugs. */
  readonly bugs: string[] = [];
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
      regions: options.regions,
      serverVersion: '0.0.0-test',
      maxMessage,
    });
    const observe: CallObserver = (end, account) => {
      this.ends.push(end);
      if (end.times === undefined) return;
      (account.model?.metrics as RecordedMetrics | undefined)?.observe(end.code, end.times, end.rows);
    };
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
        call: observe,
        connection: (event, _peer, error) => {
          this.connections.push(event);
          if (error !== undefined) this.refusals.push(error);
        },
      },
      [addReflection],
    );
    const limits = { maxMessage, maxConnectionBytes: rest.maxConnectionBytes ?? defaults.maxConnectionBytes };
    const routes = this.protocols.all.flatMap((protocol) => protocol.routes ?? []);
    this.http = new HttpTransport(
      httpOptions({
        ...limits,
        ...this.grpc.shared,
        peerTimeoutMs: rest.peerTimeoutMs ?? defaults.peerTimeoutMs,
        observe,
        failed: (error) => this.bugs.push(error.message),
      }),
      [...routes, openApiRoute(routes, '0.0.0-test')],
    );
  }

  /** Binds; returns the first address of the gRPC port. */
  async start(): Promise<string> {
    await this.grpc.start();
    await this.http.start();
    return this.grpc.addresses[0] ?? '';
  }

  /** Where the HTTP port is. */
  get url(): string {
    return `http://${this.http.address}`;
  }

  /** Not ready, watches ended, streams finished or cut; true when nothing was cut. */
  async drain(timeoutMs: number): Promise<boolean> {
    this.readiness.drain();
    this.protocols.health.endWatches();
    const [grpc, http] = await Promise.all([this.grpc.drain(timeoutMs), this.http.drain(timeoutMs)]);
    await this.http.stop();
    return grpc && http;
  }

  stop(): void {
    this.grpc.stop();
    void this.http.stop();
  }
}
