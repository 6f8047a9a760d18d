import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../problem.ts';
import type { ServableConfig } from '../servable-fields.ts';
import { parsePythonServable } from './servable-python.ts';

const read = (text: string): ServableConfig => parsePythonServable(text, 'servable_config.py');

function problem(text: string): string {
  try {
    read(text);
  } catch (caught) {
    assert.ok(caught instanceof ConfigError, String(caught));
    const [first] = caught.problems;
    return `${first?.line}: ${first?.message}`;
  }
  return '';
}

const methodsOf = (text: string): readonly string[] =>
  parsePythonServable(text, 'servable_config.py').mindspore_serving.methods;

test('python: a model and the methods that are a stage of it', () => {
  const config = read(`
"""A servable of two numbers."""
from mindspore_serving.server import register

# the file lies in the folder of its version
model = register.declare_model(model_file="tensor_add.mindir", model_format="MindIR", with_batch_dim=False)

@register.register_method(output_names=["y"])
def add_common(x1, x2):  # only support float32 inputs
    """add_common [y = x1 + x2]"""
    y = register.add_stage(model, x1, x2, outputs_count=1)
    return y

@register.register_method(output_names=['second', 'first'])
def swapped(b, a):
    one, two, three = register.add_stage(model, a, b, outputs_count=3)
    return two, one
`);
  assert.equal(config.model.model_file, 'tensor_add.mindir');
  assert.deepEqual(config.mindspore_serving.methods, [
    'add_common(x1, x2) -> (y)',
    'swapped(a, b) -> (first, second, _)',
  ]);
  assert.deepEqual(config.mindspore_serving.refused, []);
  assert.equal(config.mindspore_serving.batch_dim, 'no');
});

test('python: what 1.1 and 1.2 had', () => {
  const config = read(`
from mindspore_serving.worker import register
register.declare_servable(servable_file="lenet.mindir", model_format="MindIR", options=register.GpuOptions(precision_mode="fp16"))

@register.register_method(output_names=["label"])
def predict(image):
    label = register.call_servable(image)
    return label
`);
  assert.deepEqual([config.model.model_file, config.model.precision], ['lenet.mindir', 'fp16']);
  assert.deepEqual(config.mindspore_serving.methods, ['predict(image) -> (label)']);
});

test('python: the precision of a context', () => {
  const config = read(`
from mindspore_serving.server import register
context = register.Context(thread_num=1)
context.append_device_info(register.GPUDeviceInfo(precision_mode="fp16"))
model = register.declare_model(model_file=["a.mindir"], model_format="MindIR", context=context)
`);
  assert.deepEqual([config.model.model_file, config.model.precision], ['a.mindir', 'fp16']);
});

test('python: a method with a function of its own is not available, and hinders no other', () => {
  const config = read(`
import numpy as np
from mindspore_serving.server import register

def preprocess(image):
    return np.frombuffer(image, np.uint8) / 255

model = register.declare_model(model_file="resnet.mindir", model_format="MindIR")

@register.register_method(output_names=["label"])
def classify(image):
    x = register.add_stage(preprocess, image, outputs_count=1)
    y = register.add_stage(model, x, outputs_count=1)
    return y

@register.register_method(output_names=["logits"])
def raw(x):
    y = register.add_stage(model, x, outputs_count=1)
    return y

@register.register_method(output_names=["y"])
def clever(x):
    if x:
        x = x + 1
    y = register.add_stage(model, x, outputs_count=1)
    return y
`);
  assert.deepEqual(config.mindspore_serving.methods.slice(0, 1), ['raw(x) -> (logits)']);
  assert.deepEqual(
    config.mindspore_serving.refused[0],
    'classify: servable_config.py:12: the stage preprocess is a Python function, which is not run (line 6: the function frombuffer is not understood): do its work in the client, or in a servable_config.mjs',
  );
  assert.match(
    config.mindspore_serving.refused[1] ?? '',
    /^clever: servable_config\.py:23: is neither a stage nor a return$/,
  );
});

test('python: the module under any name, its members by themselves, annotations and a stage that is returned', () => {
  const file = (imported: string, of: string, body: string): string =>
    `${imported}\nmodel = ${of}declare_model(model_file="a.mindir", model_format="MindIR")\n@${of}register_method(output_names="y")\ndef predict(x: "array") -> "array":\n${body}`;
  const stage = (of: string): string => `    y = ${of}add_stage(model, x, outputs_count=1)\n    return y\n`;
  for (const [imported, of] of [
    ['from mindspore_serving.server import register as r', 'r.'],
    ['import mindspore_serving.server.register as reg', 'reg.'],
    ['from mindspore_serving import server', 'server.register.'],
    ['from mindspore_serving.server.register import declare_model, register_method, add_stage', ''],
    ['from mindspore_serving.worker.register import (declare_model,\n  register_method, add_stage)', ''],
  ] as const)
    assert.deepEqual(methodsOf(file(imported, of, stage(of))), ['predict(x) -> (y)'], imported);
  const other = 'from elsewhere.register import declare_model, register_method, add_stage';
  assert.match(problem(file(other, '', stage(''))), /^1: declares no model/);
  const direct = file(
    'from mindspore_serving.server import register',
    'register.',
    '    return register.add_stage(model, x)\n',
  );
  const [method] = parsePythonServable(direct, 'servable_config.py').chains?.methods ?? [];
  assert.deepEqual([method?.stages.length, method?.results], [1, [{ stage: 0, output: 0 }]]);
});

test('python: a precision is taken wherever options have it, and options that are not understood are refused', () => {
  const declared = (before: string, options: string): string =>
    `${before}\nmodel = register.declare_model(model_file="a.mindir", model_format="MindIR", ${options})\n`;
  for (const [before, options] of [
    ['', 'options={"precision_mode": "fp16", "enable_trt_infer": True}'],
    ['o = {"precision_mode": "fp16"}', 'options=o'],
    ['o = register.GpuOptions(precision_mode="fp16")', 'options=o'],
    ['c = register.Context()\ng = register.GPUDeviceInfo(precision_mode="fp16")\nc.append_device_info(g)', 'context=c'],
  ] as const)
    assert.equal(
      parsePythonServable(declared(before, options), 'servable_config.py').model.precision,
      'fp16',
      before + options,
    );
  assert.match(problem(declared('', 'options={"a": "b"}')), /^2: options: "a" is not understood$/);
  assert.match(
    problem(declared('', 'options={"precision_mode": "fp8"}')),
    /^2: precision_mode: want "origin" or "fp16"$/,
  );
});

test('python: what cannot be served is a problem with its line', () => {
  assert.equal(problem('def broken(:\n'), '1: is not Python');
  assert.match(problem('x = 1\n'), /^1: declares no model/);
  for (const call of [
    'model = distributed.declare_servable(rank_size=8)',
    'distributed.declare_distributed_servable(8)',
  ])
    assert.match(
      problem(`\n${call}\n`),
      /^2: declare_\w+: models that are spread over several machines are not served/,
    );
  const undeclared =
    '@register.register_method(output_names=["y"])\ndef f(x):\n  y = register.call_servable(x)\n  return y\n';
  assert.match(problem(undeclared), /the method f: .*:3: call_servable without register\.declare_servable$/);
  assert.match(
    problem('\nm = register.declare_model(model_file=name())\n'),
    /^2: model_file: want the name of one file/,
  );
  assert.match(problem('m = register.declare_model(model_file="../a.mindir")\n'), /^1: model_file: found/);
  assert.match(problem('m = register.declare_model(model_file="a.om", model_format="OM")\n'), /^1: model_file: found/);
  assert.match(problem('m = register.declare_model(model_file="a.mindir", model_format="OM")\n'), /^1: model_format/);
  assert.match(
    problem('m = register.declare_model(model_file="a.mindir", without_batch_dim_inputs=[0])\n'),
    /^1: declare_model: without_batch_dim_inputs is not understood/,
  );
  assert.equal(problem(`m = register.declare_model(${'['.repeat(5000)}`), '1: is not Python');
});

test('python: chains of models and of functions that are understood, in old forms too', () => {
  const config = read(`
import numpy as np
from mindspore_serving.worker import register

def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)

def cast(a, b):
    return a.astype(np.float32), b.astype(np.float32)

register.declare_servable(servable_file="add.mindir", model_format="MindIR", with_batch_dim=False)

@register.register_method(output_names=["y"])
def add(a, b):
    x1, x2 = register.call_preprocess(cast, a, b)
    y = register.call_servable(x1, x2)
    y = register.call_postprocess(softmax, y)
    return y

@register.register_method(output_names=["y"])
def piped(a, b):
    x1, x2 = register.call_preprocess_pipeline(cast, a, b)
    y = register.call_servable(x1, x2)
    return y

@register.register_method(output_names=["y"])
def wrong(a, b):
    x = register.add_stage(cast, a, b, outputs_count=1)
    y = register.call_servable(x, x)
    return y

@register.register_method(output_names=["y"])
def listed(a, b):
    x1, x2 = register.add_stage(cast, a, b, outputs_count=2, batch_size=0)
    y = register.call_servable(x1, x2)
    return y

@register.register_method(output_names=["a", "y"])
def passed(a, b):
    y = register.call_servable(a, b)
    return a, y
`);
  const { chains, mindspore_serving: serving } = config;
  assert.deepEqual(
    chains?.methods.map(
      ({ name, stages }) => `${name}: ${stages.map((stage) => `${stage.kind} ${stage.name}`).join(', ')}`,
    ),
    ['add: numpy cast, model model, numpy softmax', 'passed: model model'],
  );
  const [first, second] = chains?.methods[0]?.stages ?? [];
  assert.deepEqual(
    [first?.outputs, second?.args],
    [
      2,
      [
        { stage: 0, output: 0 },
        { stage: 0, output: 1 },
      ],
    ],
  );
  assert.ok(second?.kind === 'model' && !second.samples, 'instances have the shapes of the model');
  assert.deepEqual(chains?.methods[1]?.results, [
    { stage: -1, output: 0 },
    { stage: 0, output: 0 },
  ]);
  assert.deepEqual(
    serving.refused.map((reason) => reason.replace(/: do its work.*/, '')),
    [
      'piped: servable_config.py:23: the stage cast is a Python function, which is not run (it is given lists of instances, and is no loop over them with a yield)',
      'wrong: servable_config.py:29: the stage cast is a Python function, which is not run (it returns 2 results for 1 names)',
      'listed: servable_config.py:35: the stage cast is a Python function, which is not run (it is given lists of instances, and is no loop over them with a yield)',
    ],
  );
});

test('python: functions over instances do with each what their loop does', () => {
  const { chains, mindspore_serving: serving } = read(`
import numpy as np
from mindspore_serving.server import register

def cast(instances):
    """preprocess"""
    for instance in instances:
        x1 = instance[0]
        x2 = instance[1]
        yield x1.astype(np.float32), x2.astype(np.float32)

def sums(instances: list) -> list:
    for a, b in instances:
        yield a + b

def parts(instances):
    for instance in instances:
        a, b = instance
        yield a

def odd(instances):
    for instance in instances:
        yield instance

register.declare_servable(servable_file="add.mindir", model_format="MindIR", with_batch_dim=False)

@register.register_method(output_names=["y"])
def oldest(a, b):
    x1, x2 = register.call_preprocess(cast, a, b)
    y = register.call_servable(x1, x2)
    return y

@register.register_method(output_names=["y"])
def piped(a, b):
    y = register.call_postprocess_pipeline(sums, a, b)
    return y

@register.register_method(output_names=["y"])
def listed(a, b):
    y = register.add_stage(parts, a, b, outputs_count=1, batch_size=4)
    return y

@register.register_method(output_names=["y"])
def given_one(a, b):
    y = register.add_stage(sums, a, b, outputs_count=1)
    return y

@register.register_method(output_names=["y"])
def few(a):
    y = register.call_preprocess(sums, a)
    return y

@register.register_method(output_names=["y"])
def whole(a):
    y = register.call_preprocess(odd, a)
    return y
`);
  const methods = chains?.methods.map(({ name, stages }) => {
    const told = stages.map((stage) => (stage.kind === 'numpy' ? stage.fn.parameters.join(' ') : stage.kind));
    return `${name}: ${told.join(', ')}`;
  });
  assert.deepEqual(methods, [
    'oldest: instance[0] instance[1], model',
    'piped: a b',
    'listed: instance[0] instance[1]',
  ]);
  assert.deepEqual(
    serving.refused.map((reason) => /^\w+|\(.*\)/g[Symbol.match](reason)?.join(' ')),
    [
      'given_one (it loops over instances and is given one)',
      'few (it has 2 parameters and is given 1)',
      'whole (line 22: for instance in instances: is not understood)',
    ],
  );
});

test('python: several models have one precision', () => {
  const text = (more: string): string => `
from mindspore_serving.server import register
context = register.Context()
context.append_device_info(register.GPUDeviceInfo(precision_mode="fp16"))
a = register.declare_model(model_file="a.mindir", model_format="MindIR", context=context)
b = register.declare_model(model_file="b.mindir", model_format="MindIR"${more})

@register.register_method(output_names=["y"])
def both(x):
    y = register.add_stage(a, x, outputs_count=1)
    y = register.add_stage(b, y, outputs_count=1)
    return y
`;
  const config = read(text(', context=context'));
  assert.equal(config.model.model_file, 'a.mindir');
  assert.deepEqual(
    config.chains?.models.map(({ file }) => file),
    ['a.mindir', 'b.mindir'],
  );
  assert.match(problem(text('')), /^6: declares a model of another precision than the first/);
});
