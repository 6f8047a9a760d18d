// Server reflection over the proto files the server itself uses, so that generic clients need no files of their own. The library, its
// indexes and its codecs are loaded when the first client asks; a server is ready before.

import {
  type handleBidiStreamingCall,
  type Server,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

const services = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'] as const;
const methodName = 'ServerReflectionInfo';

type Handler = handleBidiStreamingCall<unknown, unknown>;
type RawCall = ServerDuplexStream<Buffer, Buffer>;

/** What the library adds to a server for one service. */
interface Made {
  readonly method: ServiceDefinition[string];
  readonly handler: Handler;
}

/** Adds grpc.reflection.v1 and v1alpha to a server. */
export function addReflection(server: Pick<Server, 'addService'>): void {
  let made: Promise<ReadonlyMap<string, Made>> | undefined;
  for (const service of services) {
    const path = `/${service}/${methodName}`;
    const handler = (call: RawCall): void => {
      made ??= makeReflection();
      made
        .then((all) => relay(call, all.get(path)))
        .catch((caught: unknown) => call.emit('error', { code: status.INTERNAL, details: String(caught) }));
    };
    server.addService(bytesMethod(path), { [methodName]: handler });
  }
}

/** The method with messages left as bytes. */
function bytesMethod(path: string): ServiceDefinition {
  const same = (bytes: Buffer): Buffer => bytes;
  const codecs = {
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  return { [methodName]: { path, requestStream: true, responseStream: true, ...codecs } };
}

/** Lets the library's handler see decoded messages. */
function relay(call: RawCall, made: Made | undefined): void {
  if (made === undefined) throw new Error('the library has no such service');
  const { method, handler } = made;
  const refuse = (caught: unknown): void => {
    call.emit('error', { code: status.INVALID_ARGUMENT, details: `request message: ${String(caught)}` });
  };
  const decoded = {
    on: (event: string, listener: (message?: unknown) => void): void => {
      if (event !== 'data') return void call.on(event, listener);
      call.on('data', (bytes: Buffer) => {
        let message: unknown;
        try {
          message = method.requestDeserialize(bytes);
        } catch (caught) {
          return refuse(caught);
        }
        listener(message);
      });
    },
    write: (message: unknown): boolean => call.write(method.responseSerialize(message)),
    end: (): void => void call.end(),
  };
  handler(decoded as unknown as Parameters<Handler>[0]);
}

async function makeReflection(): Promise<ReadonlyMap<string, Made>> {
  const [{ ReflectionService }, { withMapEntries }, { loadDefinitions }] = await Promise.all([
    import('@grpc/reflection'),
    import('./map-entries.ts'),
    import('./definitions.ts'),
  ]);
  const made = new Map<string, Made>();
  const take = {
    addService: (definition: ServiceDefinition, implementation: UntypedServiceImplementation): void => {
      const method = definition[methodName];
      const handler = implementation[methodName] as Handler | undefined;
      if (method !== undefined && handler !== undefined) made.set(method.path, { method, handler });
    },
  };
  new ReflectionService(withMapEntries(loadDefinitions())).addToServer(take);
  return made;
}
