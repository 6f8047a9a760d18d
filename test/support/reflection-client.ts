// A client of grpc.reflection.v1 with its own description of the two messages it needs.

import { Client, credentials } from '@grpc/grpc-js';
import {
  fromJSON,
  loadFileDescriptorSetFromBuffer,
  type MethodDefinition,
  type PackageDefinition,
  type ServiceDefinition,
} from '@grpc/proto-loader';

const DESCRIPTION = {
  nested: {
    Request: {
      oneofs: { message_request: { oneof: ['fileContainingSymbol', 'listServices'] } },
      fields: { fileContainingSymbol: { type: 'string', id: 4 }, listServices: { type: 'string', id: 7 } },
    },
    Files: { fields: { fileDescriptorProto: { rule: 'repeated', type: 'bytes', id: 1 } } },
    Service: { fields: { name: { type: 'string', id: 1 } } },
    Services: { fields: { service: { rule: 'repeated', type: 'Service', id: 1 } } },
    Response: { fields: { files: { type: 'Files', id: 4 }, services: { type: 'Services', id: 6 } } },
    Reflection: {
      methods: {
        Info: { requestType: 'Request', requestStream: true, responseType: 'Response', responseStream: true },
      },
    },
  },
};

interface Response {
  readonly files?: { readonly fileDescriptorProto: readonly Buffer[] };
  readonly services?: { readonly service: readonly { readonly name: string }[] };
}

export class ReflectionClient {
  readonly #client: Client;
  readonly #method: MethodDefinition<object, object>;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure());
    this.#method = (
      fromJSON(DESCRIPTION as unknown as Parameters<typeof fromJSON>[0])['Reflection'] as ServiceDefinition
    )['Info'] as MethodDefinition<object, object>;
  }

  #ask(request: object): Promise<Response> {
    const { requestSerialize, responseDeserialize } = this.#method;
    return new Promise((resolve, reject) => {
      const stream = this.#client.makeBidiStreamRequest(
        '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
        requestSerialize,
        responseDeserialize,
      );
      stream.on('data', resolve);
      stream.on('error', reject);
      stream.write(request);
      stream.end();
    });
  }

  async services(): Promise<string[]> {
    const { services } = await this.#ask({ listServices: '*' });
    return services?.service.map(({ name }) => name) ?? [];
  }

  /** Definitions of the file that holds a symbol, and of what it imports. */
  async load(symbol: string): Promise<PackageDefinition> {
    const { files } = await this.#ask({ fileContainingSymbol: symbol });
    return loadFileDescriptorSetFromBuffer(fileSet(files?.fileDescriptorProto ?? []));
  }

  close(): void {
    this.#client.close();
  }
}

/** A FileDescriptorSet: the files one after another as field 1. */
function fileSet(files: readonly Buffer[]): Buffer {
  return Buffer.concat(files.flatMap((file) => [Buffer.from([0x0a, ...varint(file.length)]), file]));
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
