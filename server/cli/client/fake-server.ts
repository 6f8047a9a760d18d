// A small in-process Open Inference server for the tests of this folder: one model that doubles its FP32 input.

import { Server, ServerCredentials, type ServiceError, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { projectPath } from '../../util/root.ts';
import type { InferRequestMessage, InferResponseMessage, ModelStatisticsMessage } from './messages.ts';

/** Settings a test may change, and what the server saw. */
export interface FakeServer {
  readonly address: string;
  /** Every inference request, in order. */
  readonly requests: readonly InferRequestMessage[];
  /** Requests answered with an error instead of a result, by position. */
  readonly failures: Set<number>;
  /** Whether replies carry stage times. */
  timed: boolean;
  /** Turns the reply into something a broken server would send. */
  corrupt: (reply: InferResponseMessage) => InferResponseMessage;
  stop(): void;
}

type Call<Request> = { readonly request: Request };
type Reply = (error: Partial<ServiceError> | null, value?: object) => void;

const fakeInputs = [{ name: 'image', datatype: 'FP32', shape: [-1, 1, 2, 2] }];
const fakeOutputs = [{ name: 'output_0', datatype: 'FP32', shape: [-1, 1, 2, 2] }];
const fakeIndex = [
  { name: 'double', version: '10', state: 'READY', reason: '' },
  { name: 'wrong', version: '1', state: 'UNAVAILABLE', reason: 'wrong/1: no such operator' },
];
const stageUs = {
  receive: 0,
  decode: 10,
  queue: 20,
  compute_input: 5,
  compute_infer: 400,
  compute_output: 5,
  total: 500,
};

/** Starts the server on the address, by default a free port; the model is called "double", its versions 2 and 10 are ready. */
export async function startFakeServer(listen: string = '127.0.0.1:0'): Promise<FakeServer> {
  const definition = loadSync('inference/service.proto', {
    keepCase: true,
    longs: Number,
    defaults: true,
    includeDirs: [projectPath('proto')],
  });
  const server = new Server();
  const requests: InferRequestMessage[] = [];
  const failures = new Set<number>();
  const fake = {
    address: '',
    requests,
    failures,
    timed: true,
    corrupt: (reply: InferResponseMessage) => reply,
    stop: () => server.forceShutdown(),
  };
  const service = definition['inference.GRPCInferenceService'];
  server.addService(service as never, handlers(fake, requests));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(listen, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  fake.address = `127.0.0.1:${port}`;
  return fake;
}

function handlers(fake: FakeServer, requests: InferRequestMessage[]): UntypedServiceImplementation {
  const unused = (_call: unknown, reply: Reply) =>
    reply({ code: status.UNIMPLEMENTED, details: 'the fake server does not offer this' });
  return {
    ServerLive: unused,
    ModelReady: unused,
    ModelConfig: unused,
    ServerReady: (_call: unknown, reply: Reply) => reply(null, { ready: true }),
    ServerMetadata: (_call: unknown, reply: Reply) =>
      reply(null, { name: 'fake', version: '0', extensions: ['statistics'] }),
    RepositoryIndex: (_call: unknown, reply: Reply) => reply(null, { models: fakeIndex }),
    ModelMetadata: (call: Call<{ name: string }>, reply: Reply) => {
      if (call.request.name !== 'double')
        reply({ code: status.NOT_FOUND, details: `Request for unknown model: ${call.request.name}` });
      else
        reply(null, {
          name: 'double',
          versions: ['2', '10'],
          platform: 'mindir',
          inputs: fakeInputs,
          outputs: fakeOutputs,
        });
    },
    ModelStatistics: (_call: unknown, reply: Reply) => reply(null, { model_stats: [statisticsOf(requests.length)] }),
    ModelInfer: (call: Call<InferRequestMessage>, reply: Reply) => {
      const index = requests.push(call.request) - 1;
      if (fake.failures.has(index)) reply({ code: status.UNAVAILABLE, details: 'queue is full' });
      else reply(null, fake.corrupt(doubled(call.request, fake.timed)));
    },
  };
}

function statisticsOf(count: number): ModelStatisticsMessage {
  const duration = (us: number) => ({ count, ns: count * us * 1000 });
  return {
    name: 'double',
    version: '10',
    inference_count: count,
    execution_count: count,
    inference_stats: {
      success: duration(stageUs.total),
      fail: { count: 0, ns: 0 },
      queue: duration(stageUs.queue),
      compute_input: duration(stageUs.compute_input),
      compute_infer: duration(stageUs.compute_infer),
      compute_output: duration(stageUs.compute_output),
    },
  };
}

function doubled(request: InferRequestMessage, timed: boolean): InferResponseMessage {
  const input = request.raw_input_contents[0] ?? new Uint8Array();
  const output = Buffer.from(input);
  for (let at = 0; at < output.length; at += 4) output.writeFloatLE(output.readFloatLE(at) * 2, at);
  const wanted = timed && request.parameters.mindird_times?.bool_param === true;
  const parameters = Object.fromEntries(
    Object.entries(stageUs).map(([stage, us]) => [`mindird_${stage}_us`, { double_param: us }]),
  );
  return {
    model_name: request.model_name,
    model_version: request.model_version === '' ? '10' : request.model_version,
    id: request.id,
    parameters: wanted ? parameters : {},
    outputs: [{ name: 'output_0', datatype: 'FP32', shape: request.inputs[0]?.shape ?? [] }],
    raw_output_contents: [output],
  };
}
