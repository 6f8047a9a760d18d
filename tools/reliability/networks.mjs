// The networks of the tests as load: model file, request, and the outputs that MindSpore computed for it.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { kinds } from '../bench-load.mjs';
import { inRoot } from '../lib/paths.mjs';
import { ToolFailure } from '../lib/run.mjs';
import { inferRequest } from './wire.mjs';

const kKinds = { float32: 'FP32', int32: 'INT32', int64: 'INT64' };

async function readNpz(file) {
  const module = inRoot('dist', 'server', 'npz', 'npz.js');
  if (!existsSync(module)) throw new ToolFailure(`${module} is not built, run "npm run build"`);
  return (await import(pathToFileURL(module).href)).readNpz(file);
}

const base64 = (bytes) => Buffer.from(bytes).toString('base64');

/** {name, file, request: {body, expected}} of a network in test/networks; the bytes in base64, as messages between processes carry them. */
export async function network(name) {
  const entry = JSON.parse(readFileSync(inRoot('test', 'networks', 'index.json'), 'utf8'))[name];
  if (entry === undefined) throw new ToolFailure(`test/networks has no network "${name}"`);
  const arrays = await readNpz(inRoot('test', 'networks', entry.data));
  const tensors = entry.inputs.map(({ name: input, dtype }, index) => {
    const { shape, bytes } = arrays.get(`input_${index}`);
    // A file names its parameters GRAPH:NAME; clients know them by NAME.
    return { name: input.split(':').at(-1), datatype: kKinds[dtype], shape, bytes };
  });
  const expected = entry.outputs.map((_, index) => base64(arrays.get(`output_${index}`).bytes));
  return {
    name,
    file: inRoot('test', 'networks', entry.file),
    request: { body: inferRequest(name, tensors).toString('base64'), expected },
  };
}

/**
 * A network that computes for milliseconds on 32 bytes: `nodes` dense layers, biases, activations and sums. Next to that, taking and refusing a request costs
 * as little as it does with networks of full size. What it computes is told by its first answer.
 */
export function longNetwork(folder, nodes) {
  const [name, file] = ['long', path.join(folder, 'long.mindir')];
  writeFileSync(file, kinds.deep(nodes));
  const input = { name: 'x', datatype: 'FP32', shape: [2, 4], bytes: Buffer.alloc(32) };
  return { name, file, request: { body: inferRequest(name, [input]).toString('base64') } };
}
