import assert from 'node:assert/strict';
import { test } from 'node:test';
import descriptor, { type IDescriptorProto, type IFileDescriptorProto } from 'protobufjs/ext/descriptor/index.js';
import { loadDefinitions } from './definitions.ts';
import { mapEntryName, withMapEntries } from './map-entries.ts';

test('map entries: the name is the camel case of the field', () => {
  assert.equal(mapEntryName('parameters'), 'ParametersEntry');
  assert.equal(mapEntryName('response_stats'), 'ResponseStatsEntry');
});

function messages(definitions: ReturnType<typeof loadDefinitions>): IDescriptorProto[] {
  const files = Object.values(definitions).flatMap((found) =>
    'fileDescriptorProtos' in found ? (found.fileDescriptorProtos as Buffer[]) : [],
  );
  return files.flatMap(
    (bytes) => (descriptor.FileDescriptorProto.decode(bytes) as IFileDescriptorProto).messageType ?? [],
  );
}

test('map entries: every map of the served protocols refers to the entry of its name', () => {
  let maps = 0;
  for (const message of messages(withMapEntries(loadDefinitions()))) {
    for (const entry of message.nestedType?.filter((nested) => nested.options?.mapEntry === true) ?? []) {
      const fields = message.field?.filter((field) => field.typeName === entry.name) ?? [];
      assert.equal(fields.length, 1, `${message.name}.${entry.name}`);
      assert.equal(entry.name, mapEntryName(fields[0]?.name ?? ''));
      maps += 1;
    }
  }
  assert.ok(maps > 0);
});
