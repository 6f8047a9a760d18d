import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, describeProblem } from '../problem.ts';
import { defaultServable } from '../servable.ts';
import { parseTritonServable } from './servable-triton.ts';
import { parseTextproto } from './textproto.ts';

const file = '/models/lenet/config.pbtxt';
const read = (text: string) => parseTritonServable(text, file);

function refusal(text: string): string {
  try {
    read(text);
  } catch (caught) {
    assert.ok(caught instanceof ConfigError, String(caught));
    return caught.problems.map((problem) => describeProblem({ ...problem, source: 'config.pbtxt' })).join('\n');
  }
  return assert.fail(`${text} was taken`);
}

test('triton: a whole file in its usual words', () => {
  const config = read(`
# A model of a digit.
name: "lenet"
platform: "mindspore_mindir"
max_batch_size: 8
input [
  {
    name: "image"
    data_type: TYPE_FP32
    format: FORMAT_NCHW
    dims: [ 1, 32, 32 ]
  }
]
output { name: "logits" data_type: TYPE_FP32 dims: 10 }
instance_group [ { count: 2 kind: KIND_CPU }, { kind: KIND_CPU } ]
dynamic_batching {
  preferred_batch_size: [ 4, 8 ]
  max_queue_delay_microseconds: 1500
  default_queue_policy { max_queue_size: 64, timeout_action: REJECT, default_timeout_microseconds: 20000 }
}
version_policy: { specific { versions: [1, 3] } };
default_model_filename: "lenet" '.mindir'
`);
  assert.deepEqual(config.batching, {
    max_batch: 8,
    max_queue_delay: 1.5,
    buckets: [1, 4, 8],
    max_queue: 64,
    queue_timeout: 20,
    priority_timeouts: [],
    when_full: 'refuse',
    delay: 1000,
    priority_delays: [],
    max_delayed: 1024,
  });
  assert.equal(config.model.response_cache, null);
  assert.equal(read('response_cache { enable: true }').model.response_cache, 64 * 2 ** 20);
  const { instances, engines, inputs, outputs, model_file: model } = config.model;
  assert.deepEqual(
    { instances, engines, inputs, outputs, model },
    { instances: 3, engines: ['cpu'], inputs: ['image'], outputs: ['logits'], model: 'lenet.mindir' },
  );
  assert.deepEqual([config.versions.latest, config.versions.specific], [null, [1, 3]]);
  assert.deepEqual(config.triton, {
    tensors: ['input image FP32 -1,1,32,32', 'output logits FP32 -1,10'],
    ignored: [],
  });
});

test('triton: what is not said is as without a file', () => {
  const { triton: _triton, ...rest } = read('');
  const { triton: _own, ...wanted } = defaultServable();
  assert.deepEqual(JSON.parse(JSON.stringify(rest)), JSON.parse(JSON.stringify(wanted)));
  assert.equal(read('version_policy { all {} }').versions.all, 'yes');
  assert.equal(read('version_policy { latest { num_versions: 2 } }').versions.latest, 2);
  assert.deepEqual(read('output [{ name: "output_1" }, { name: "output_0" }]').model.outputs, []);
});

test('triton: what has no meaning here is listed with its line', () => {
  const { ignored } = read(`backend: "onnxruntime"
max_batch_size: 4
dynamic_batching { priority_levels: 2 preserve_ordering: true
  default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 5 } }
instance_group { gpus: [ 0 ] }
optimization { cuda { graphs: true } }
model_warmup { name: "w" batch_size: 1 inputs { key: "x" value { data_type: TYPE_FP32 dims: [1] zero_data: true } } }
output { name: "y" label_filename: "labels.txt" }
parameters { key: "a" value { string_value: "b" } }
response_cache { enable: true }`).triton;
  assert.deepEqual(
    ignored.map((text) => /^line \d+: [^:]+/.exec(text)?.[0]).sort(),
    [
      'line 10: response_cache',
      'line 1: backend',
      'line 3: dynamic_batching.preserve_ordering',
      'line 3: dynamic_batching.priority_levels',
      'line 4: dynamic_batching.default_queue_policy.default_timeout_microseconds',
      'line 4: dynamic_batching.default_queue_policy.timeout_action',
      'line 5: instance_group.gpus',
      'line 6: optimization',
      'line 8: output.label_filename',
      'line 9: parameters',
    ].sort(),
  );
});

test('triton: what a policy says of one priority', () => {
  const policy = (key: number, value: string): string => `priority_queue_policy { key: ${key} value: { ${value} } }`;
  const { batching, triton } = read(`dynamic_batching {
    ${policy(1, 'default_timeout_microseconds: 5000 timeout_action: DELAY')}
    ${policy(2, 'default_timeout_microseconds: 90000, max_queue_size: 4')}
    ${policy(3, 'timeout_action: REJECT')} ${policy(4, 'default_timeout_microseconds: 10')} }`);
  assert.deepEqual(batching.priority_timeouts, ['1=5000us', '2=90000us']);
  const at = 'dynamic_batching.priority_queue_policy';
  assert.deepEqual(
    triton.ignored.map((text) => text.split(': ').slice(0, 2).join(': ')),
    [`line 2: ${at}.timeout_action`, `line 4: ${at}.default_timeout_microseconds`, `line 3: ${at}.max_queue_size`],
  );
  assert.match(
    refusal(`dynamic_batching { ${policy(1, 'default_timeout_microseconds: 7200000000')} }`),
    /config\.pbtxt:1: batching\.priority_timeouts: found "1=7200000000us", want PRIORITY=DURATION/,
  );
});

test('triton: tensors may have the names that other frameworks give them', () => {
  const names = ['308', 'onnx::Add_1', 'dense_1/BiasAdd:0', 'input.1', 'x[0]'];
  const tensors = names.map((name) => `output { name: "${name}" data_type: TYPE_FP32 dims: [ 1 ] }`).join(' ');
  assert.deepEqual(read(`input { name: "images:0" data_type: TYPE_FP32 dims: [ 1 ] } ${tensors}`).model, {
    ...defaultServable().model,
    inputs: ['images:0'],
    outputs: names,
  });
  assert.match(refusal('output { name: "two words" data_type: TYPE_FP32 dims: [ 1 ] }'), /ASCII without spaces/);
});

test('triton: requests of model_warmup are read, and what cannot be run is refused', () => {
  const value = (more: string): string => `model_warmup { name: "w" inputs { key: "x" value { ${more} } } }`;
  const { warmUps } = read(`max_batch_size: 4
model_warmup [
  { name: "a" batch_size: 3 count: 2 inputs { key: "x" value { data_type: TYPE_FP32 dims: [ 2 ] random_data: true } } },
  { name: "b" inputs { key: "t" value { data_type: TYPE_STRING dims: 1 input_data_file: "raw/t" } } }
]`);
  assert.deepEqual(warmUps, [
    { name: 'a', rows: 3, count: 2, inputs: [{ name: 'x', dtype: 'FP32', shape: [2], data: 'random' }] },
    { name: 'b', rows: 1, count: 1, inputs: [{ name: 't', dtype: 'BYTES', shape: [1], data: { file: 'raw/t' } }] },
  ]);
  const plain = read(value('data_type: TYPE_INT8 zero_data: true')).warmUps;
  assert.deepEqual([plain?.[0]?.rows, plain?.[0]?.inputs[0]?.data], [0, 'zero']);
  for (const [text, wanted] of [
    [
      value('data_type: TYPE_FP32 dims: [ -1 ] zero_data: true'),
      'inputs: input "x": dims have -1, want sizes of 0 or more',
    ],
    [
      value('data_type: TYPE_X zero_data: true'),
      'inputs: input "x": data_type is TYPE_X, want one of TYPE_BOOL to TYPE_BF16',
    ],
    [value('data_type: TYPE_FP32'), 'inputs: input "x": want one of zero_data, random_data and input_data_file'],
    [
      value('data_type: TYPE_FP32 input_data_file: "../x"'),
      'inputs: input "x": input_data_file is "../x", want a file of the folder warmup',
    ],
    ['model_warmup { batch_size: 2 }', 'batch_size: found 2, want 1 to max_batch_size, 1'],
  ] as const)
    assert.equal(refusal(text), `config.pbtxt:1: model_warmup.${wanted}`);
  assert.match(refusal('model_warmup { count: 10001 }'), /asks for more than 10000 requests/);
});

test('triton: numbers of 64 bits are numbers, and those that mean something are bounded', () => {
  const most = '18446744073709551615';
  assert.equal(read(`dynamic_batching { priority_levels: ${most} }`).triton.ignored.length, 1);
  assert.match(refusal(`dynamic_batching { default_queue_policy { max_queue_size: ${most} } }`), /batching\.max_queue/);
});

test('triton: what would change what is computed is refused', () => {
  assert.equal(refusal('name: "other"'), 'config.pbtxt:1: name: found "other", want the name of the folder, "lenet"');
  assert.match(refusal('\nsequence_batching { }'), /^config\.pbtxt:2: sequence_batching: models that keep state/);
  assert.match(refusal('model_transaction_policy { decoupled: true }'), /a request has one response here/);
  assert.match(
    refusal('input { name: "x" reshape: { shape: [] } }'),
    /input\.reshape: is not supported: tensors are those of the model/,
  );
  assert.match(refusal('input { name: "x"\n optional: true }'), /^config\.pbtxt:2: input\.optional/);
  assert.equal(refusal('input { dims: 1 }'), 'config.pbtxt:1: input.name: missing');
});

test('triton: wrong keys and values have their line, and the nearest known key', () => {
  assert.equal(
    refusal('max_batch_size: 4\nmax_batchsize: 8'),
    'config.pbtxt:2: max_batchsize: unknown key, the nearest known one is max_batch_size',
  );
  assert.equal(
    refusal('dynamic_batching {\n max_queue_delay_us: 1 }'),
    'config.pbtxt:2: dynamic_batching.max_queue_delay_us: unknown key, the nearest known one is max_queue_delay_microseconds',
  );
  assert.equal(refusal('name: lenet'), 'config.pbtxt:1: name: found "lenet", want text in quotes');
  assert.equal(refusal('max_batch_size: "8"'), 'config.pbtxt:1: max_batch_size: found "8", want a whole number');
  assert.equal(refusal('dynamic_batching: 1'), 'config.pbtxt:1: dynamic_batching: found "1", want a message in braces');
  assert.equal(refusal('max_batch_size: 1\nmax_batch_size: 2'), 'config.pbtxt:2: max_batch_size: given twice');
  assert.equal(
    refusal('max_batch_size: 9999'),
    'config.pbtxt:1: batching.max_batch: found 9999, want a whole number between 1 and 4096',
  );
  assert.match(
    refusal('max_batch_size: 4\ndynamic_batching { preferred_batch_size: 8 }'),
    /^config\.pbtxt:2: batching\.buckets: found 8 as the largest size/,
  );
  assert.match(refusal('default_model_filename: "../x.mindir"'), /^config\.pbtxt:1: model\.model_file/);
  assert.match(refusal('constructor: 1'), /constructor: unknown key/);
});

test('textproto: its forms, and what is none of them', () => {
  const forms = parseTextproto('a: 1, b < c: "x\\n" \'y\' > ; d: [A, B] e: [] f [{}, {}] # end');
  assert.deepEqual(
    forms.map(({ name, value }) => [name, value.kind === 'message' ? value.fields.length : value.text]),
    [
      ['a', '1'],
      ['b', 1],
      ['d', 'A'],
      ['d', 'B'],
      ['f', 0],
      ['f', 0],
    ],
  );
  const [, b] = forms;
  assert.ok(
    b?.value.kind === 'message' &&
      b.value.fields[0]?.value.kind === 'string' &&
      b.value.fields[0].value.text === 'x\ny',
  );
  const wrong: [string, string][] = [
    ['a: {', 'config.pbtxt:1: found the end, want "}" for the "{" of line 1'],
    ['a: 1\n}', 'config.pbtxt:2: found "}", want the name of a field'],
    ['name "x"', 'config.pbtxt:1: name: found no ":" before its value'],
    ['name: "x\n"', 'config.pbtxt:1: found "\\"x", want a field'],
    ['a: [1 2]', 'config.pbtxt:1: found "2", want "," or "]"'],
    ['name:', 'config.pbtxt:1: found the end, want a value'],
    ['"x": 1', 'config.pbtxt:1: found "x", want the name of a field'],
    ['a: "\\q"', 'config.pbtxt:1: found the escape \\q, which there is not'],
    ['a{'.repeat(20), 'config.pbtxt:1: messages lie deeper than 16'],
    ['a: 1 '.repeat(10_001), 'config.pbtxt:1: has more than 10000 fields'],
  ];
  for (const [text, message] of wrong) assert.equal(refusal(text), message);
});

test('textproto: any bytes give fields or an error', () => {
  let state = 7;
  const random = (below: number): number => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state % below;
  };
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    '<',
    '>',
    ':',
    ',',
    '"',
    "'",
    '\\',
    '\n',
    '#',
    ' ',
    'name',
    'input',
    'dims',
    '1',
    '-',
    'TYPE_FP32',
    'true',
    '\u0000',
    'é',
  ];
  for (let i = 0; i < 5000; i++) {
    const text = Array.from({ length: random(30) }, () => pieces[random(pieces.length)]).join('');
    try {
      read(text);
    } catch (caught) {
      assert.ok(caught instanceof ConfigError, `${JSON.stringify(text)}: ${String(caught)}`);
    }
  }
});
