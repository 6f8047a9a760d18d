// The gRPC port: @grpc/grpc-js listens, keeps connections alive and drains them; the calls are ours.
//
//   connection ─► HTTP/2 session of the library ─► stream ─┬─ path of a protocol, or of nobody ─► GrpcCall
//                                                          └─ reflection ─► the library's handlers, bounded

import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js';
import type { Address } from '../../config/address.ts';
import { ServingError, toServingError } from '../../errors.ts';
import type { CallObserver } from '../../inference/account.ts';
import type { Grant, Keeper } from '../../inference/grant.ts';
import type { ConverseMethod, ExchangeMethod, Method, Protocol } from '../../protocol/protocol.ts';
import { addressText, parseAddress, removeStaleSocket } from '../address.ts';
import { BufferPool, type LetGo } from '../memory/buffer-pool.ts';
import { ByteGate, ConnectionShare } from '../memory/byte-gate.ts';
import type { TlsSource } from '../tls/certificates.ts';
import { Watchdog } from '../watchdog.ts';
import { type CallHost, GrpcCall } from './call.ts';
import { type ConnectionObserver, Connections } from './connections.ts';
import { Conversation } from './conversation.ts';
import { TlsCredentials } from './credentials.ts';
import { ForeignCalls } from './foreign-call.ts';
import { onHttp2Server, takeStreams, tuneSettings } from './library.ts';
import { rehearse, withPrivateSocket } from './rehearsal.ts';
import { SpentReads } from './spent-reads.ts';
import { SpentStreams } from './spent-streams.ts';

export interface GrpcOptions {
  /** host:port, [ipv6]:port or unix:PATH; port 0 takes a free one. */
  readonly addresses: readonly string[];
  /** Longest message in bytes, in either direction. */
  readonly maxMessage: number;
  /** Most bytes of messages held at one time, and of one connection. */
  readonly maxBytesInFlight: number;
  readonly maxConnectionBytes: number;
  readonly maxConnections: number;
  /** Milliseconds after which a connection is asked to go, and that its calls have to end after that; null: it may stay. */
  readonly connectionAgeMs: number | null;
  readonly connectionGraceMs: number;
  /** Certificates of addresses with a port; sockets of the file system are plain, their files' rights guard them. null: all are. */
  readonly tls: TlsSource | null;
  /** Who may call; absent: everybody. */
  readonly keeper?: Keeper | undefined;
  /** Calls at one time on one connection. */
  readonly maxStreams: number;
  /** Streams that a connection may reset at once; a fiftieth of it each second after that. */
  readonly maxResets: number;
  /** Milliseconds for a request to arrive and for a reply to be read. */
  readonly peerTimeoutMs: number;
  /** Frees the memory of array buffers that nobody uses any more. */
  readonly detach: LetGo;
}

/** Who is told of calls and connections. */
export interface TransportObserver {
  readonly call: CallObserver;
  readonly connection: ConnectionObserver;
}

/** What is added to the server beside protocols, reflection for one. */
export type Extra = (server: Pick<Server, 'addService'>) => void;

/** Pings find dead peers, and connections that broke off inside the HTTP/2 layer, which says nothing of them; a peer has this long to answer one. */
const KEEPALIVE_TIME_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;

/** Most memory kept free for messages, and the part of the bytes in flight that it may be. */
const MAX_POOL = 256 * 2 ** 20;
const POOL_PART = 4;

const RESETS_PART = 50;

/** Time that connections without calls have to close by themselves in a drain. */
const QUIET_MS = 500;

export class GrpcTransport {
  readonly #options: GrpcOptions;
  readonly #server: Server;
  readonly #gate: ByteGate;
  readonly #connections: Connections;
  readonly #host: CallHost;
  readonly #methods = new Map<string, Method>();
  readonly #foreign: ForeignCalls;
  readonly #conversations = new Set<Conversation>();
  #isDraining = false;
  readonly #shares = new WeakMap<object, ConnectionShare>();
  /** Path of the call that is rehearsed; '' when none is. */
  #rehearsing = '';
  #bound: readonly string[] = [];

  constructor(
    options: GrpcOptions,
    protocols: readonly Protocol[],
    observer: TransportObserver,
    extras: readonly Extra[] = [],
  ) {
    this.#options = options;
    this.#gate = new ByteGate(options.maxBytesInFlight);
    const pool = new BufferPool(Math.min(MAX_POOL, options.maxBytesInFlight / POOL_PART), options.detach);
    const watchdog = new Watchdog(() => {
      pool.sweep();
      return pool.free > 0;
    });
    this.#host = {
      pool,
      reads: new SpentReads(options.detach, () => this.#hasUnseenReads()),
      watchdog,
      streams: new SpentStreams(),
      observe: (end, account, error) => {
        if (this.#rehearsing === '' || end.method !== this.#rehearsing) observer.call(end, account, error);
      },
      maxMessage: options.maxMessage,
      peerTimeoutMs: options.peerTimeoutMs,
    };
    for (const { methods } of protocols) for (const method of methods) this.#methods.set(method.path, method);
    this.#foreign = new ForeignCalls(observer.call);
    this.#server = new Server({
      'grpc.max_receive_message_length': ForeignCalls.maxMessage,
      'grpc.max_concurrent_streams': options.maxStreams,
      'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
      'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
      'grpc.enable_channelz': 0,
    });
    for (const add of extras) add(this.#foreign.recording(this.#server));
    tuneSettings(this.#server, { burst: options.maxResets, rate: Math.ceil(options.maxResets / RESETS_PART) });
    const limits = {
      max: options.maxConnections,
      ageMs: options.connectionAgeMs,
      graceMs: options.connectionGraceMs,
    };
    this.#connections = new Connections(limits, (event, peer, error) => {
      if (this.#rehearsing === '') observer.connection(event, peer, error);
    });
    onHttp2Server(this.#server, (http2Server) => {
      takeStreams(http2Server, (stream, headers) => this.#take(stream, headers as IncomingHttpHeaders));
      this.#connections.watch(http2Server);
    });
  }

  /** Addresses bound, with the ports taken. */
  get addresses(): readonly string[] {
    return this.#bound;
  }

  /** Paths of the methods that are answered. */
  get paths(): Iterable<string> {
    return [...this.#methods.keys(), ...this.#foreign.paths];
  }

  /** Connections open now. */
  get connections(): number {
    return this.#connections.open;
  }

  /** What the HTTP port shares: the limit on bytes in flight, and memory for messages. */
  get shared(): { readonly gate: ByteGate; readonly pool: BufferPool } {
    return { gate: this.#gate, pool: this.#host.pool };
  }

  /** Calls open now, those of the library aside. */
  get calls(): number {
    return this.#host.watchdog.open;
  }

  /** Bytes of messages held now. */
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
    this.#bound = bound;
  }

  /**
   * Answers some calls of `method` that come from this process, so that the first caller finds the way compiled. They are told to
   * nobody, and the method is there for that time alone. Call it after start().
   */
  async rehearse(method: ExchangeMethod, message: Buffer): Promise<void> {
    this.#rehearsing = method.path;
    this.#methods.set(method.path, method);
    if (this.#options.tls === null) await rehearse(this.#bound[0] ?? '', method.path, message);
    else await withPrivateSocket((address) => this.#rehearseAt(address, method, message));
    this.#methods.delete(method.path);
    this.#rehearsing = '';
  }

  /** At an address of its own, which no certificate guards and nobody else can reach. */
  async #rehearseAt(address: string, method: ExchangeMethod, message: Buffer): Promise<void> {
    await this.#bind(parseAddress(address));
    await rehearse(address, method.path, message);
    this.#server.unbind(address);
  }

  /** Frames may lie in reads that nothing here has heard of yet. */
  #hasUnseenReads(): boolean {
    if (this.#foreign.open > 0) return true;
    for (const conversation of this.#conversations) if (conversation.holdsReads) return true;
    return false;
  }

  #take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
    const path = String(headers[':path'] ?? '');
    const method = this.#methods.get(path);
    const access = this.#admit(path, method, stream, headers);
    const refused = access instanceof ServingError;
    if (method === undefined && !refused && this.#foreign.take(path, stream, headers)) return false;
    const share = this.#shareOf(stream);
    if (refused || method === undefined || !('converse' in method)) {
      const known = method !== undefined && 'converse' in method ? undefined : method;
      new GrpcCall(stream, headers, known, share, this.#host, access);
    } else this.#converse(stream, headers, method, share, access);
    return true;
  }

  /** What the caller may do, or why it may not make this call; undefined where there are no keys. What the library answers is metadata. */
  #admit(
    path: string,
    method: Method | undefined,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
  ): Grant | ServingError | undefined {
    const { keeper } = this.#options;
    if (keeper === undefined || path === this.#rehearsing) return undefined;
    try {
      const group = method === undefined ? 'metadata' : (method.group ?? 'admin');
      return keeper.admit(stream.session ?? stream, headers, group);
    } catch (caught) {
      return toServingError(caught);
    }
  }

  #converse(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    method: ConverseMethod,
    share: ConnectionShare,
    grant: Grant | undefined,
  ): void {
    const conversation = new Conversation(stream, headers, method, share, this.#host, grant, (ended) =>
      this.#conversations.delete(ended),
    );
    this.#conversations.add(conversation);
    if (this.#isDraining) conversation.drain();
  }

  #shareOf(stream: ServerHttp2Stream): ConnectionShare {
    const key = stream.session ?? stream;
    let share = this.#shares.get(key);
    if (share === undefined) {
      share = new ConnectionShare(this.#gate, this.#options.maxConnectionBytes);
      this.#shares.set(key, share);
    }
    return share;
  }

  async #bind(address: Address): Promise<string> {
    if ('path' in address) await removeStaleSocket(address.path);
    const { tls } = this.#options;
    const credentials =
      tls === null || 'path' in address ? ServerCredentials.createInsecure() : new TlsCredentials(tls);
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(addressText(address), credentials, (error, port) => {
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

  /**
   * Takes no new streams and lets open ones finish; after `timeoutMs` cuts them off. Resolves to true when nothing was cut.
   * A connection without calls whose peer does not close it is not waited for.
   */
  drain(timeoutMs: number): Promise<boolean> {
    this.#isDraining = true;
    for (const conversation of this.#conversations) conversation.drain();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        clearInterval(idle);
        this.stop();
        resolve(false);
      }, timeoutMs);
      let quietSince: number | undefined;
      const idle = setInterval(() => {
        if (this.calls + this.#foreign.open > 0) quietSince = undefined;
        else quietSince ??= performance.now();
        if (quietSince !== undefined && performance.now() - quietSince >= QUIET_MS) this.#connections.destroy();
      }, QUIET_MS / 10);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        clearInterval(idle);
        this.#host.watchdog.close();
        resolve(true);
      });
    });
  }

  /** Cuts everything off. */
  stop(): void {
    this.#server.forceShutdown();
    this.#connections.destroy();
    this.#host.watchdog.close();
  }
}
