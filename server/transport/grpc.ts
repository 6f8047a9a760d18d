// The gRPC port: @grpc/grpc-js underneath, our protocols on top.
//
// Every call passes one interceptor. A call of one of our methods becomes a GrpcCall; others (reflection) keep the library's
// handlers. Both are counted by the byte gate while their messages arrive.

import {
  logVerbosity,
  Server,
  ServerCredentials,
  type ServerInterceptor,
  type ServiceDefinition,
  setLogVerbosity,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Address } from '../config/address.ts';
import { ServingError } from '../errors.ts';
import type { Protocol, StreamMethod, UnaryMethod } from '../protocol/protocol.ts';
import { addressText, parseAddress, removeStaleSocket } from './address.ts';
import { ByteGate } from './byte-gate.ts';
import { type CallLimits, GrpcCall, meteredCall } from './grpc-call.ts';
import { Connections, http2ServersOf, tuneSettings } from './grpc-private.ts';

export interface GrpcOptions {
  /** host:port, [ipv6]:port or unix:PATH; port 0 takes a free one. */
  readonly addresses: readonly string[];
  /** Largest request message in bytes. */
  readonly maxMessage: number;
  /** Most bytes of request messages held at one time. */
  readonly maxBytesInFlight: number;
  readonly maxConnections: number;
  /** Calls at one time on one connection. */
  readonly maxStreams: number;
}

/** What is added to the server beside protocols, reflection for one. */
export type Extra = (server: Pick<Server, 'addService'>) => void;

/** Pings find dead peers, and connections that broke off inside the HTTP/2 layer, which says nothing of them; a peer has this long to answer one. */
const KEEPALIVE_TIME_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;

const passBytes = (bytes: Buffer): Buffer => bytes;

export class GrpcTransport {
  readonly #options: GrpcOptions;
  readonly #server: Server;
  readonly #gate: ByteGate;
  #connections: Connections | undefined;
  #bound: readonly string[] = [];

  constructor(options: GrpcOptions, protocols: readonly Protocol[], extras: readonly Extra[] = []) {
    this.#options = options;
    this.#gate = new ByteGate(options.maxBytesInFlight);
    const methods = new Map<string, UnaryMethod | StreamMethod>();
    for (const { unary, streams } of protocols)
      for (const method of [...unary, ...streams]) methods.set(method.path, method);
    this.#server = new Server({
      'grpc.max_receive_message_length': options.maxMessage,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': options.maxStreams,
      'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
      'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
      'grpc.enable_channelz': 0,
      interceptors: [interceptorFor(methods, { gate: this.#gate, maxMessage: options.maxMessage })],
    });
    for (const protocol of protocols)
      this.#server.addService(definitionOf(protocol), {} as UntypedServiceImplementation);
    for (const add of extras) add(this.#server);
    tuneSettings(this.#server);
  }

  /** Addresses bound, with the ports taken. */
  get addresses(): readonly string[] {
    return this.#bound;
  }

  /** Connections open now. */
  get connections(): number {
    return this.#connections?.open ?? 0;
  }

  /** Bytes of request messages held now. */
  get bytesInFlight(): number {
    return this.#gate.held;
  }

  /** Binds every address, or none: throws INVALID_CONFIG naming the one that failed. The library's own log stays silent. */
  async start(): Promise<void> {
    setLogVerbosity(logVerbosity.NONE);
    const parsed = this.#options.addresses.map(parseAddress);
    const bound: string[] = [];
    try {
      for (const address of parsed) bound.push(await this.#bind(address));
    } catch (caught) {
      this.#server.forceShutdown();
      throw caught;
    }
    this.#connections = new Connections(http2ServersOf(this.#server), this.#options.maxConnections);
    this.#bound = bound;
  }

  async #bind(address: Address): Promise<string> {
    if ('path' in address) await removeStaleSocket(address.path);
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(addressText(address), ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(addressText(address, port));
        else
          reject(
            new ServingError('INVALID_CONFIG', `gRPC address ${addressText(address)}: ${error.message}`, {
              cause: error,
            }),
          );
      });
    });
  }

  /** Takes no new streams and lets open ones finish; after `timeoutMs` cuts them off. Resolves to true when nothing was cut. */
  drain(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.stop();
        resolve(false);
      }, timeoutMs);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** Cuts everything off. */
  stop(): void {
    this.#server.forceShutdown();
    this.#connections?.destroy();
  }
}

function interceptorFor(
  methods: ReadonlyMap<string, UnaryMethod | StreamMethod>,
  limits: CallLimits,
): ServerInterceptor {
  return (definition, call) => {
    const method = methods.get(definition.path);
    return method === undefined ? meteredCall(call, limits) : new GrpcCall(call, method, limits);
  };
}

/** A service of byte methods; the interceptor answers before any handler of the library would. */
function definitionOf(protocol: Protocol): ServiceDefinition {
  const entries = [...protocol.unary, ...protocol.streams].map((method) => [
    method.path,
    {
      path: method.path,
      requestStream: false,
      responseStream: 'open' in method,
      requestSerialize: passBytes,
      requestDeserialize: passBytes,
      responseSerialize: passBytes,
      responseDeserialize: passBytes,
    },
  ]);
  return Object.fromEntries(entries) as ServiceDefinition;
}
