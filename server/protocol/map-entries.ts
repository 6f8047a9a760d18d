// Map fields as descriptors must have them. A map is described as repeated messages of a nested type, whose name has to be the field's in
// camel case with "Entry" behind it; the loader writes the field's bare name, which strict clients (those in Go, for one) refuse.

import type { AnyDefinition, PackageDefinition } from '@grpc/proto-loader';
import descriptor, {
  type IDescriptorProto,
  type IFieldDescriptorProto,
  type IFileDescriptorProto,
} from 'protobufjs/ext/descriptor/index.js';

/** `response_stats` is described by ResponseStatsEntry. */
export function mapEntryName(field: string): string {
  return `${field.replaceAll(/(?:^|_)(.)/g, (_match, first: string) => first.toUpperCase())}Entry`;
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

function fixMessage(message: IDescriptorProto): void {
  const entries = new Map(
    (message.nestedType ?? [])
      .filter((nested) => nested.options?.mapEntry === true)
      .map((nested) => [nested.name, nested]),
  );
  for (const field of message.field ?? []) fixField(field, entries);
  for (const nested of message.nestedType ?? []) fixMessage(nested);
}

function fixField(field: IFieldDescriptorProto, entries: ReadonlyMap<string | undefined, IDescriptorProto>): void {
  const type = field.typeName ?? '';
  const entry = entries.get(lastPart(type));
  if (entry === undefined || field.name === undefined) return;
  entry.name = mapEntryName(field.name);
  field.typeName = type.slice(0, type.length - lastPart(type).length) + entry.name;
}

/** The bytes of a FileDescriptorProto with the entries of its maps renamed. */
export function fixFile(bytes: Uint8Array): Buffer {
  const file = descriptor.FileDescriptorProto.decode(bytes);
  for (const message of (file as IFileDescriptorProto).messageType ?? []) fixMessage(message);
  return Buffer.from(descriptor.FileDescriptorProto.encode(file).finish());
}

/** The same definitions with descriptors that strict clients take. */
export function withMapEntries(definitions: PackageDefinition): PackageDefinition {
  const fixed = new Map<Buffer, Buffer>();
  const fix = (bytes: Buffer): Buffer => {
    const known = fixed.get(bytes) ?? fixFile(bytes);
    fixed.set(bytes, known);
    return known;
  };
  const fixType = (definition: AnyDefinition): AnyDefinition => {
    const files = 'format' in definition ? definition.fileDescriptorProtos : undefined;
    return Array.isArray(files)
      ? ({ ...definition, fileDescriptorProtos: files.map(fix) } as AnyDefinition)
      : definition;
  };
  return Object.fromEntries(Object.entries(definitions).map(([name, definition]) => [name, fixType(definition)]));
}
