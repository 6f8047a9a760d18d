// Server reflection over the proto files the server itself uses, so that generic clients need no files of their own.

import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { withMapEntries } from './map-entries.ts';
import { loadProtos } from './protos.ts';

/** Adds grpc.reflection.v1 and v1alpha to a server. */
export function addReflection(server: Pick<Server, 'addService'>): void {
  new ReflectionService(withMapEntries(loadProtos())).addToServer(server);
}
