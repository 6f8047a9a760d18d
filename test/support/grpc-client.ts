// A plain @grpc/grpc-js client of the inference protocol and of health, for tests.

import {
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
  type StatusObject,
} from '@grpc/grpc-js';
import type { ServiceDefinition } from '@grpc/proto-loader';
import { serviceOf } from '../../server/protocol/definitions.ts';

export interface Answer<T> {
  readonly reply: T;
  readonly trailers: Metadata;
}

export interface ClientTls {
  readonly ca: Buffer;
  readonly key?: Buffer;
  readonly cert?: Buffer;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly metadata?: Metadata;
  /** Called with a function that cancels the call. */
  readonly cancelled?: (cancel: () => void) => void;
}

/** One message of ModelStreamInfer. */
export interface StreamedReply {
  readonly error_message: string;
  readonly infer_response: {
    readonly id: string;
    readonly model_name: string;
    readonly parameters: Readonly<Record<string, { readonly bool_param?: boolean; readonly double_param?: number }>>;
    readonly raw_output_contents: readonly Buffer[];
  };
}

export interface Conversed {
  readonly call: ClientDuplexStream<object, StreamedReply>;
  readonly seen: readonly StreamedReply[];
  /** The status that the stream ended with. */
  readonly ended: Promise<StatusObject>;
}

export class TestClient {
  readonly client: Client;
  readonly #services: Readonly<Record<string, ServiceDefinition>>;

  /** tls: authorities the server is known by, and what the client shows of itself; without it the client speaks plain text. */
  constructor(address: string, options: Readonly<Record<string, number | string>> = {}, tls?: ClientTls) {
    const { ca, key = null, cert = null } = tls ?? {};
    const how = ca === undefined ? credentials.createInsecure() : credentials.createSsl(ca, key, cert);
    this.client = new Client(address, how, {
      'grpc.max_receive_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
      ...options,
    });
    this.#services = {
      inference: serviceOf('inference.GRPCInferenceService'),
      health: serviceOf('grpc.health.v1.Health'),
    };
  }

  /** Calls `inference.X` or `health.X`. */
  call<T>(name: string, request: object, options: CallOptions = {}): Promise<Answer<T>> {
    const [service = '', method = ''] = name.split('.');
    const definition = this.#services[service]?.[method];
    if (definition === undefined) throw new Error(`no method ${name}`);
    const { path, requestSerialize, responseDeserialize } = definition;
    return this.raw(path, requestSerialize(request), responseDeserialize as (bytes: Buffer) => T, options);
  }

  raw<T>(path: string, message: Buffer, read: (bytes: Buffer) => T, options: CallOptions = {}): Promise<Answer<T>> {
    return new Promise((resolve, reject) => {
      let reply: T | undefined;
      const call = this.client.makeUnaryRequest(
        path,
        (bytes: Buffer) => bytes,
        read,
        message,
        options.metadata ?? new Metadata(),
        options.timeoutMs === undefined ? {} : { deadline: Date.now() + options.timeoutMs },
        (error: ServiceError | null, value?: T) => {
          if (error !== null) reject(error);
          else reply = value;
        },
      );
      call.on('status', (status: StatusObject) => {
        if (status.code === 0) resolve({ reply: reply as T, trailers: status.metadata });
      });
      options.cancelled?.(() => call.cancel());
    });
  }

  /** A stream of requests of ModelStreamInfer, with what comes back. */
  converse(options: CallOptions = {}): Conversed {
    const definition = this.#services['inference']?.['ModelStreamInfer'];
    if (definition === undefined) throw new Error('no method ModelStreamInfer');
    const { path, requestSerialize, responseDeserialize } = definition;
    const deadline = options.timeoutMs === undefined ? {} : { deadline: Date.now() + options.timeoutMs };
    const call = this.client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize as (bytes: Buffer) => StreamedReply,
      options.metadata ?? new Metadata(),
      deadline,
    );
    const seen: StreamedReply[] = [];
    call.on('data', (message: StreamedReply) => seen.push(message));
    call.on('error', () => {});
    const ended = new Promise<StatusObject>((resolve) => {
      call.on('status', resolve);
    });
    return { call, seen, ended };
  }

  /** Collects the statuses a health watch reports; the promise resolves when the stream ends. */
  watch(service: string): { readonly seen: string[]; readonly ended: Promise<void>; cancel(): void } {
    const definition = this.#services['health']?.['Watch'];
    if (definition === undefined) throw new Error('no method health.Watch');
    const { path, requestSerialize, responseDeserialize } = definition;
    const seen: string[] = [];
    const stream = this.client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { service });
    stream.on('data', (message: { status: string }) => seen.push(message.status));
    const ended = new Promise<void>((resolve, reject) => {
      stream.on('end', resolve);
      stream.on('error', reject);
    });
    ended.catch(() => {});
    return { seen, ended, cancel: () => stream.cancel() };
  }

  close(): void {
    this.client.close();
  }
}
