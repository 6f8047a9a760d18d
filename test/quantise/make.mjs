// Writes the models of this folder: `node test/quantise/make.mjs`. Each is one FakeQuant node with a constant range, but for `convolution`, whose input and
// weights pass through one each; in the format of MindSpore 2.10, which no longer exports these primitives itself. Operator and attributes are those of
// its quantisation-aware training.

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
  dataType: values instanceof Int8Array ? 3 : 1,
  ...(values && { rawData: Buffer.from((values instanceof Int8Array ? values : new Float32Array(values)).buffer) }),
});
const constant = (name, dims, values) => ({
  name,
  opType: 'Constant',
  output: [name],
  attribute: [{ name: 'value', type: 'TENSORS', tensors: [tensor('', dims, values)] }],
});
const flag = (name, value) => ({ name, type: 'BOOL', i: value ? 1 : 0 });
const integer = (name, i) => ({ name, type: 'INT64', i });
const integers = (name, all) => ({ name, type: 'TUPLE', values: all.map((i) => ({ type: 'INT64', ints: [i] })) });
const kDefaults = [integer('num_bits', 8), flag('symmetric', false), flag('narrow_range', false)];
const primitive = (name, given) => ({
  name: `${name}:2`,
  opType: name,
  instanceName: 'quant',
  primType: 'PRIMITIVE',
  attribute: [
    ...given,
    ...(name.startsWith('FakeQuant') ? kDefaults : []).filter((one) => given.every(({ name: taken }) => taken !== one.name)),
  ],
});
const call = (output, opType, domain, input, dims) => ({
  name: output,
  opType: `REF::${opType}:2`,
  domain,
  input,
  output: [output],
  attribute: [{ name: 'shape', type: 'TENSORS', tensors: [tensor('', dims)] }],
});
const whole = (primitives, input, output, node) => ({
  irVersion: '1.1',
  producerName: 'MindSpore',
  modelVersion: '2.10.0',
  littleEndian: true,
  mindIrVersion: 3,
  primitives,
  graph: {
    name: 'net',
    input: [{ name: 'net:x', tensor: [tensor('', input)] }],
    output: [{ name: 'net:y:1', tensor: [tensor('', output)] }],
    node,
  },
});

function model(op, minima, maxima, attributes) {
  const dims = [2, 3, 4];
  const range = op === 'FakeQuantPerLayer' ? [1] : [minima.length];
  return whole([primitive(op, attributes)], dims, dims, [
    constant('net:low', range, minima),
    constant('net:high', range, maxima),
    call('net:y:1', op, 'Default/quant', ['net:x', 'net:low', 'net:high'], dims),
  ]);
}

/**
 * A convolution as quantisation-aware training leaves it: one range for its input, one for each output channel of its weights; or, with `asIntegers`, as
 * `mindird quantise` writes it, whose weights are integers, cast and multiplied by the scale of their channel.
 */
function convolution(asIntegers = false) {
  const [input, kernel, output] = [
    [2, 4, 6, 6],
    [8, 4, 3, 3],
    [2, 8, 4, 4],
  ];
  const weights = Array.from({ length: 8 * 4 * 9 }, (_, i) => Math.sin(i * 1.7) * (1 + Math.floor(i / 36)));
  const widest = Array.from({ length: 8 }, (_, k) => Math.max(...weights.slice(k * 36, k * 36 + 36).map(Math.abs)));
  const perChannel = 'FakeQuantPerChannel';
  const primitives = [
    primitive('FakeQuantPerLayer', [flag('symmetric', true)]),
    primitive(perChannel, [flag('symmetric', true), integer('channel_axis', 0)]),
    primitive('Conv2D', [
      integer('out_channel', 8),
      integer('mode', 1),
      integer('group', 1),
      integers('kernel_size', [3, 3]),
      integers('stride', [1, 1, 1, 1]),
      integers('dilation', [1, 1, 1, 1]),
      integers('pad', [0, 0, 0, 0]),
      integers('pad_list', [0, 0, 0, 0]),
      { name: 'pad_mode', type: 'STRING', s: Buffer.from('valid') },
      { name: 'format', type: 'STRING', s: Buffer.from('NCHW') },
    ]),
  ];
  const activation = [
    constant('net:low', [1], [-4]),
    constant('net:high', [1], [4]),
    call('net:q:1', 'FakeQuantPerLayer', 'Default/input-quant', ['net:x', 'net:low', 'net:high'], input),
  ];
  if (asIntegers) {
    const scales = widest.map((w) => Math.fround(w / 127));
    const codes = Int8Array.from(weights, (w, i) => Math.round(w / scales[Math.floor(i / 36)]));
    primitives[1] = { name: 'Cast:2', opType: 'Cast', instanceName: 'cast', primType: 'PRIMITIVE_FUNCTION' };
    primitives.push({ name: 'Mul:2', opType: 'Mul', instanceName: 'mul', primType: 'PRIMITIVE_FUNCTION' });
    return whole(primitives, input, output, [
      ...activation,
      constant('net:integers', kernel, codes),
      constant('net:scale', [8, 1, 1, 1], scales),
      { name: 'net:f32', opType: 'Constant', output: ['net:f32'], attribute: [integer('value', 43)] },
      call('net:c:1', 'Cast', 'Default/cast', ['net:integers', 'net:f32'], kernel),
      call('net:w:1', 'Mul', 'Default/scale', ['net:c:1', 'net:scale'], kernel),
      call('net:y:1', 'Conv2D', 'Default/conv', ['net:q:1', 'net:w:1'], output),
    ]);
  }
  return whole(primitives, input, output, [
    ...activation,
    constant(
      'net:lows',
      [8],
      widest.map((w) => -w),
    ),
    constant('net:highs', [8], widest),
    constant('net:weights', kernel, weights),
    call('net:w:1', perChannel, 'Default/weight-quant', ['net:weights', 'net:lows', 'net:highs'], kernel),
    call('net:y:1', 'Conv2D', 'Default/conv', ['net:q:1', 'net:w:1'], output),
  ]);
}

const models = {
  layer_symmetric: model('FakeQuantPerLayer', [-1.5], [2], [flag('symmetric', true), integer('num_bits', 8)]),
  layer_narrow: model('FakeQuantPerLayer', [-2], [1], [flag('symmetric', true), flag('narrow_range', true)]),
  layer_asymmetric: model('FakeQuantPerLayer', [-0.5], [3], [flag('symmetric', false)]),
  channel_symmetric: model('FakeQuantPerChannel', [-1, -2, -3], [0.5, 2.5, 1], [flag('symmetric', true), integer('channel_axis', 1)]),
  channel_asymmetric: model('FakeQuantPerChannel', [-1, 0, -3], [0.5, 2.5, 1], [flag('symmetric', false), integer('channel_axis', 1)]),
  convolution: convolution(),
  convolution_integers: convolution(true),
  four_bits: model('FakeQuantPerLayer', [-1], [1], [integer('num_bits', 4)]),
  empty_range: model('FakeQuantPerLayer', [1], [1], []),
};

for (const [name, contents] of Object.entries(models)) {
  const error = Model.verify(contents);
  // Enumerators are given by name, which verify() does not take and fromObject() does.
  if (error && !error.includes('enum')) throw new Error(`${name}: ${error}`);
  writeFileSync(path.join(here, `${name}.mindir`), Model.encode(Model.fromObject(contents)).finish());
}
