// The Open Inference Protocol's service as a client sees it: method paths and codecs from the project's proto files.

import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { projectPath } from '../../util/root.ts';

/** One method with untyped messages; open-inference.ts gives them their shape. */
export type AnyMethod = MethodDefinition<object, object>;

const inferenceService = 'inference.GRPCInferenceService';

let loaded: ServiceDefinition | undefined;

/** The method named as in the service definition; the proto files are read once. */
export function serviceMethod(name: string): AnyMethod {
  loaded ??= loadService();
  const method = loaded[name];
  if (method === undefined) throw new Error(`${inferenceService}: no method ${name}`);
  return method as AnyMethod;
}

function loadService(): ServiceDefinition {
  const definition = loadSync('inference/service.proto', {
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
    includeDirs: [projectPath('proto')],
  });
  const service = definition[inferenceService];
  if (service === undefined) throw new Error(`proto/inference: no service ${inferenceService}`);
  return service as ServiceDefinition;
}
