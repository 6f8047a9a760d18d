// Writes the models of this folder: `node test/quantise/make.mjs`. Each is one FakeQuant node with a constant range, in the format of MindSpore 2.10, which
// no longer exports these primitives itself; operator and attributes are those of its quantisation-aware training.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = protobuf.loadSync(path.join(here, '../../proto/mindir/mind_ir.proto'));
const Model = root.lookupType('mind_ir.ModelProto');

const tensor = (name, dims, values) => ({
  name,
  dims,
  dataType: 1,
  ...(values && { rawData: Buffer.from(new Float32Array(values).buffer) }),
});
const constant = (name, dims, values) => ({
  name,
  opType: 'Constant',
  output: [name],
  attribute: [{ name: 'value', type: 'TENSORS', tensors: [tensor('', dims, values)] }],
});
const flag = (name, value) => ({ name, type: 'BOOL', i: value ? 1 : 0 });
const integer = (name, i) => ({ name, type: 'INT64', i });

function model(op, minima, maxima, attributes) {
  const dims = [2, 3, 4];
  const range = op === 'FakeQuantPerLayer' ? [1] : [minima.length];
  return {
    irVersion: '1.1',
    producerName: 'MindSpore',
    modelVersion: '2.10.0',
    littleEndian: true,
    mindIrVersion: 3,
    primitives: [{ name: `${op}:2`, opType: op, instanceName: 'quant', primType: 'PRIMITIVE', attribute: attributes }],
    graph: {
      name: 'net',
      input: [{ name: 'net:x', tensor: [tensor('', dims)] }],
      output: [{ name: 'net:y:1', tensor: [tensor('', dims)] }],
      node: [
        constant('net:low', range, minima),
        constant('net:high', range, maxima),
        {
          name: 'net:y:1',
          opType: `REF::${op}:2`,
          domain: 'Default/quant',
          input: ['net:x', 'net:low', 'net:high'],
          output: ['net:y:1'],
          attribute: [{ name: 'shape', type: 'TENSORS', tensors: [tensor('', dims)] }],
        },
      ],
    },
  };
}

const models = {
  layer_symmetric: model('FakeQuantPerLayer', [-1.5], [2], [flag('symmetric', true), integer('num_bits', 8)]),
  layer_narrow: model('FakeQuantPerLayer', [-2], [1], [flag('symmetric', true), flag('narrow_range', true)]),
  layer_asymmetric: model('FakeQuantPerLayer', [-0.5], [3], [flag('symmetric', false)]),
  channel_symmetric: model('FakeQuantPerChannel', [-1, -2, -3], [0.5, 2.5, 1], [flag('symmetric', true), integer('channel_axis', 1)]),
  channel_asymmetric: model('FakeQuantPerChannel', [-1, 0, -3], [0.5, 2.5, 1], [flag('symmetric', false), integer('channel_axis', 1)]),
  four_bits: model('FakeQuantPerLayer', [-1], [1], [integer('num_bits', 4)]),
  empty_range: model('FakeQuantPerLayer', [1], [1], []),
};

for (const [name, contents] of Object.entries(models)) {
  const error = Model.verify(contents);
  // Enumerators are given by name, which verify() does not take and fromObject() does.
  if (error && !error.includes('enum')) throw new Error(`${name}: ${error}`);
  writeFileSync(path.join(here, `${name}.mindir`), Model.encode(Model.fromObject(contents)).finish());
}
