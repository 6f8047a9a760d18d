// A small Open Inference Protocol client: what infer, bench and report need, over one channel.

import { performance } from 'node:perf_hooks';
import { Client, type Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { NamedTensor } from '../../inference/request.ts';
import type { DType, TensorSpec } from '../../native/binding-types.ts';
import { elementCount, itemSize } from '../../npz/dtype.ts';
import { elementTypes } from '../../util/element-types.ts';
import { CommandFailure } from '../failure.ts';
import { grpcTarget } from './address.ts';
import type {
  IndexEntry,
  InferRequestMessage,
  InferResponseMessage,
  ModelMetadata,
  ModelStatisticsMessage,
  ServerMetadata,
  TensorMetadata,
} from './messages.ts';
import { callMetadata, channelCredentials, type SecurityOptions } from './security.ts';
import { serviceMethod } from './service.ts';
import { type ServerTimes, serverTimes, timesParameter } from './times.ts';

const rehearsals = 200;

/** A failed call: the server's text, with the name of its status code. */
export class CallError extends CommandFailure {
  readonly status: string;

  constructor(address: string, error: ServiceError) {
    const name = status[error.code] ?? String(error.code);
    super(`${address}: ${name}: ${error.details}`);
    this.name = 'CallError';
    this.status = name;
  }
}

/** What to run: tensors for every input, in any order. */
export interface InferCall {
  readonly model: string;
  readonly version: string;
  readonly inputs: readonly NamedTensor[];
  /** Names of the outputs wanted; empty = all. */
  readonly outputs?: readonly string[];
  /** Milliseconds until the call is given up; 0 = none. */
  readonly timeoutMs?: number;
}

/** A reply with its tensors as views of the message. */
export interface InferResult {
  readonly model: string;
  readonly version: string;
  readonly outputs: readonly NamedTensor[];
  /** From the call to the decoded reply, as this client saw it. */
  readonly responseMs: number;
  readonly times: ServerTimes | undefined;
}

/** Metadata of one model with types checked; `shape` has -1 for unknown sizes. */
export interface ModelSignature {
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** One connection to one server. */
export class InferenceClient {
  readonly address: string;
  readonly #client: Client;
  readonly #metadata: Metadata;

  constructor(address: string, security: SecurityOptions = {}) {
    this.address = address;
    this.#metadata = callMetadata(security);
    const target = grpcTarget(address);
    this.#client = new Client(target, channelCredentials(security, target), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': 0,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1000,
    });
  }

  /** Waits until the channel is connected. */
  connect(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.waitForReady(Date.now() + timeoutMs, (error) => {
        if (error)
          reject(
            new CommandFailure(`${this.address}: no connection within ${timeoutMs / 1000} s, is the server running?`),
          );
        else resolve();
      });
    });
  }

  serverMetadata(): Promise<ServerMetadata> {
    return this.#call<ServerMetadata>('ServerMetadata', {});
  }

  async serverReady(): Promise<boolean> {
    return (await this.#call<{ readonly ready: boolean }>('ServerReady', {})).ready;
  }

  async repositoryIndex(): Promise<readonly IndexEntry[]> {
    return (await this.#call<{ readonly models: readonly IndexEntry[] }>('RepositoryIndex', {})).models;
  }

  /** Inputs and outputs of a model; an empty version is the server's choice. */
  async signature(model: string, version: string): Promise<ModelSignature> {
    const reply = await this.#call<ModelMetadata>('ModelMetadata', { name: model, version });
    return {
      name: reply.name,
      version: version === '' ? highest(reply.versions) : version,
      platform: reply.platform,
      inputs: reply.inputs.map((tensor) => specOf(tensor, this.address)),
      outputs: reply.outputs.map((tensor) => specOf(tensor, this.address)),
    };
  }

  /** Counters of one version since it became ready; undefined when the server has none. */
  async statistics(model: string, version: string): Promise<ModelStatisticsMessage | undefined> {
    const reply = await this.#call<{ readonly model_stats: readonly ModelStatisticsMessage[] }>('ModelStatistics', {
      name: model,
      version,
    });
    return reply.model_stats.find((entry) => version === '' || entry.version === version);
  }

  /** Runs one inference and asks for its stage times. */
  async infer(call: InferCall): Promise<InferResult> {
    const request = requestOf(call);
    const begin = performance.now();
    const reply = await this.#call<InferResponseMessage>('ModelInfer', request, call.timeoutMs ?? 0);
    const responseMs = performance.now() - begin;
    return {
      model: reply.model_name,
      version: reply.model_version,
      outputs: outputsOf(reply, this.address),
      responseMs,
      times: serverTimes(reply.parameters),
    };
  }

  /**
   * Makes calls that run no model, so that the connection and this process's own code are warm before single requests
   * are timed; the model sees none of it.
   */
  async rehearse(): Promise<void> {
    for (let i = 0; i < rehearsals; i++) await this.serverMetadata();
  }

  close(): void {
    this.#client.close();
  }

  #call<Reply>(name: string, request: object, timeoutMs = 0): Promise<Reply> {
    const { path, requestSerialize, responseDeserialize } = serviceMethod(name);
    const options = timeoutMs > 0 ? { deadline: Date.now() + timeoutMs } : {};
    return new Promise<Reply>((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata,
        options,
        (error, reply) => {
          if (error) reject(new CallError(this.address, error));
          else resolve(reply as Reply);
        },
      );
    });
  }
}

function requestOf(call: InferCall): InferRequestMessage {
  return {
    model_name: call.model,
    model_version: call.version,
    id: '',
    parameters: { [timesParameter]: { bool_param: true } },
    inputs: call.inputs.map(({ name, dtype, shape }) => ({ name, datatype: dtype, shape })),
    outputs: (call.outputs ?? []).map((name) => ({ name })),
    raw_input_contents: call.inputs.map(({ bytes }) => bytes),
  };
}

/** The message of a call as bytes. */
export function messageOf(call: InferCall): Buffer {
  return serviceMethod('ModelInfer').requestSerialize(requestOf(call));
}

function highest(versions: readonly string[]): string {
  return versions.reduce((best, version) => (best === '' || Number(version) > Number(best) ? version : best), '');
}

function dtypeOf(tensor: TensorMetadata, place: string): DType {
  if (!Object.hasOwn(elementTypes, tensor.datatype)) {
    throw new CommandFailure(
      `${place}: tensor "${tensor.name}" has type "${tensor.datatype}", which this client does not know`,
    );
  }
  return tensor.datatype as DType;
}

function specOf(tensor: TensorMetadata, place: string): TensorSpec {
  return { name: tensor.name, dtype: dtypeOf(tensor, place), shape: [...tensor.shape] };
}

function outputsOf(reply: InferResponseMessage, place: string): NamedTensor[] {
  if (reply.raw_output_contents.length !== reply.outputs.length) {
    throw new CommandFailure(
      `${place}: reply has ${reply.raw_output_contents.length} raw contents for ${reply.outputs.length} outputs`,
    );
  }
  return reply.outputs.map((tensor, i) => {
    const dtype = dtypeOf(tensor, place);
    const bytes = reply.raw_output_contents[i] ?? Buffer.alloc(0);
    const want = (elementCount(tensor.shape) ?? Number.NaN) * itemSize(dtype);
    if (bytes.length !== want) {
      throw new CommandFailure(
        `${place}: output "${tensor.name}" has ${bytes.length} bytes, its shape [${tensor.shape}] of ${dtype} wants ${want}`,
      );
    }
    return { name: tensor.name, dtype, shape: tensor.shape, bytes };
  });
}
