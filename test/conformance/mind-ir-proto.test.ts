// proto/mindir/mind_ir.proto documents the model format; the demo model must decode by it without a byte left over.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import { projectPath } from '../../server/util/root.ts';

interface Model {
  readonly producerName: string;
  readonly graph: { readonly node: readonly { readonly opType: string }[]; readonly input: readonly object[] };
  readonly primitives: readonly { readonly opType: string }[];
}

test('mind_ir.proto: the demo model decodes, and encodes to a file of the same length', () => {
  const file = readFileSync(projectPath('servables', 'digits', '1', 'model.mindir'));
  const types = loadSync(projectPath('proto', 'mindir', 'mind_ir.proto'));
  const type = types['mind_ir.ModelProto'] as MessageTypeDefinition<object, object>;
  const model = type.deserialize(file);
  const { producerName, graph, primitives } = model as Model;
  assert.equal(producerName, 'MindSpore');
  assert.ok(primitives.some(({ opType }) => opType === 'Conv2D'));
  assert.ok(graph.node.length > 10 && graph.input.length === 1);
  assert.equal(type.serialize(model).length, file.length);
});
