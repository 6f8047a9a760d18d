// Definitions of every service this server speaks, as the gRPC library has them: what reflection shows, and what clients are made of. Making them
// takes several times as long as reading the files, so the server's own calls do without (protos.ts).

import { loadSync, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { conversion, protoFiles, protoFolder } from './protos.ts';

let loaded: PackageDefinition | undefined;

/** All of them, made once. */
export function loadDefinitions(): PackageDefinition {
  loaded ??= loadSync([...protoFiles], { includeDirs: [protoFolder()], keepCase: true, ...conversion });
  return loaded;
}

/** One service by its full name. */
export function serviceOf(name: string): ServiceDefinition {
  const found = loadDefinitions()[name];
  if (found === undefined || 'format' in found) throw new Error(`proto: no service ${name}`);
  return found as ServiceDefinition;
}
