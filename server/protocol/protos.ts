// Loads the .proto files once; every service but the hot call is encoded and decoded by them, and reflection shows them.

import { loadSync, type MethodDefinition, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { projectPath } from '../util/root.ts';

const FILES = ['inference/service.proto', 'grpc/health/health.proto', 'mindspore_serving/ms_service.proto'];

let loaded: PackageDefinition | undefined;

/** Definitions of every service this server speaks. Field names stay as in the files, int64 become numbers, enums names. */
export function loadProtos(): PackageDefinition {
  loaded ??= loadSync(FILES, {
    includeDirs: [projectPath('proto')],
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  return loaded;
}

/** One service by its full name. */
export function serviceOf(name: string): ServiceDefinition {
  const found = loadProtos()[name];
  if (found === undefined || 'format' in found) throw new Error(`proto: no service ${name}`);
  return found as ServiceDefinition;
}

/** A method's path and codecs; the files are loaded when the first codec is used. */
export type ProtoMethod = Pick<
  MethodDefinition<object, object>,
  'path' | 'requestSerialize' | 'requestDeserialize' | 'responseSerialize' | 'responseDeserialize'
>;

/** One method of a service. */
export function methodOf(service: string, name: string): ProtoMethod {
  const find = (): MethodDefinition<object, object> => {
    const found = serviceOf(service)[name];
    if (found === undefined) throw new Error(`proto: ${service} has no method ${name}`);
    return found;
  };
  return {
    path: `/${service}/${name}`,
    requestSerialize: (value) => find().requestSerialize(value),
    requestDeserialize: (bytes) => find().requestDeserialize(bytes),
    responseSerialize: (value) => find().responseSerialize(value),
    responseDeserialize: (bytes) => find().responseDeserialize(bytes),
  };
}
