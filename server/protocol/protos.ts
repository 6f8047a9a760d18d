// Codecs of every call but the hot one, made from the .proto files when the first of them is used.

import protobuf from 'protobufjs';
import { projectPath } from '../util/root.ts';

/** The files that name the services; they import the others. */
export const protoFiles: readonly string[] = [
  'inference/service.proto',
  'inference/model_repository.proto',
  'grpc/health/health.proto',
  'mindspore_serving/ms_service.proto',
];

/** Field names stay as in the files, int64 become numbers, enums names. */
export const conversion: {
  readonly longs: NumberConstructor;
  readonly enums: StringConstructor;
  readonly defaults: true;
  readonly oneofs: true;
} = { longs: Number, enums: String, defaults: true, oneofs: true };

/** Where the files are. */
export function protoFolder(): string {
  return projectPath('proto');
}

/** A method's path and codecs. */
export interface ProtoMethod {
  readonly path: string;
  requestSerialize(value: object): Buffer;
  requestDeserialize(bytes: Buffer): object;
  responseSerialize(value: object): Buffer;
  responseDeserialize(bytes: Buffer): object;
}

let root: protobuf.Root | undefined;

/** Reads the files, once. Whoever has the time does it before the first call needs it. */
export function loadProtos(): protobuf.Root {
  if (root !== undefined) return root;
  const reading = new protobuf.Root();
  reading.resolvePath = (_origin, target) => projectPath('proto', target);
  root = reading.loadSync([...protoFiles], { keepCase: true });
  return root;
}

function typesOf(service: string, name: string): { readonly request: protobuf.Type; readonly response: protobuf.Type } {
  const method = loadProtos().lookupService(service).methods[name];
  method?.resolve();
  const [request, response] = [method?.resolvedRequestType, method?.resolvedResponseType];
  if (!request || !response) throw new Error(`proto: ${service} has no method ${name}`);
  return { request, response };
}

function encode(type: protobuf.Type, value: object): Buffer {
  const bytes = type.encode(type.fromObject(value)).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decode(type: protobuf.Type, bytes: Buffer): object {
  return type.toObject(type.decode(bytes), conversion);
}

/** One method of a service. */
export function methodOf(service: string, name: string): ProtoMethod {
  return {
    path: `/${service}/${name}`,
    requestSerialize: (value) => encode(typesOf(service, name).request, value),
    requestDeserialize: (bytes) => decode(typesOf(service, name).request, bytes),
    responseSerialize: (value) => encode(typesOf(service, name).response, value),
    responseDeserialize: (bytes) => decode(typesOf(service, name).response, bytes),
  };
}
