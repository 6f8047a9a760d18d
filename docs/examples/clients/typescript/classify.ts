// Classifies digits: node classify.ts ADDRESS FILE, where FILE holds images of 32×32 float32, little-endian.

import { readFileSync } from 'node:fs';
import { credentials, loadPackageDefinition, type ServiceError, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { ModelInferResponse__Output as Reply } from './generated/inference/ModelInferResponse.ts';
import type { ModelMetadataResponse__Output as Metadata } from './generated/inference/ModelMetadataResponse.ts';
import type { ProtoGrpcType } from './generated/service.ts';

const protos = process.env['PROTOS'] ?? new URL('../../../../proto', import.meta.url).pathname;
const options = { includeDirs: [protos], keepCase: true, longs: Number, defaults: true, arrays: true };
const definition = loadSync('inference/service.proto', options);
const { GRPCInferenceService } = (loadPackageDefinition(definition) as unknown as ProtoGrpcType).inference;

// Calls go to every address the name has, and one that met a full or restarting server is sent again.
const settings = {
  loadBalancingConfig: [{ round_robin: {} }],
  methodConfig: [
    {
      name: [{}],
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: '0.05s',
        maxBackoff: '1s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
};

type Done<T> = (error: ServiceError | null, reply?: T) => void;

function promised<T>(call: (done: Done<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => call((error, reply) => (error ? reject(error) : resolve(reply as T))));
}

const within = (seconds: number): { deadline: Date } => ({ deadline: new Date(Date.now() + 1000 * seconds) });

async function classify(address: string, model: string, pixels: Buffer): Promise<number[]> {
  const options = { 'grpc.service_config': JSON.stringify(settings) };
  const client = new GRPCInferenceService(address, credentials.createInsecure(), options);
  try {
    const described = await promised<Metadata>((done) => client.ModelMetadata({ name: model }, within(5), done));
    const [input] = described.inputs;
    if (input === undefined) throw new Error(`${model} has no inputs`);
    const sizes = input.shape.slice(1).map(Number);
    const rows = pixels.length / 4 / sizes.reduce((product, size) => product * size, 1);
    const request = {
      model_name: model,
      inputs: [{ name: input.name, datatype: 'FP32', shape: [rows, ...sizes] }],
      raw_input_contents: [pixels],
    };
    const reply = await promised<Reply>((done) => client.ModelInfer(request, within(5), done));
    const raw = reply.raw_output_contents[0] ?? Buffer.alloc(0);
    const scores = Array.from({ length: raw.length / 4 }, (_, at) => raw.readFloatLE(4 * at));
    const classes = scores.length / rows;
    return Array.from({ length: rows }, (_, row) => {
      const own = scores.slice(row * classes, (row + 1) * classes);
      return own.indexOf(Math.max(...own));
    });
  } finally {
    client.close();
  }
}

const [address = '', file = '', model = 'digits'] = process.argv.slice(2);
try {
  console.log((await classify(address, model, readFileSync(file))).join(' '));
} catch (error) {
  const { code, details } = error as ServiceError;
  console.error(details === undefined ? error : `${status[code]}: ${details}`);
  process.exitCode = 1;
}
