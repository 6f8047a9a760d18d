// What calls of the Open Inference Protocol take and give, as JSON Schema for the description of the port. What a body must be is
// decided by decode.ts; this is what clients are told.

import { elementNames } from '../../util/element-types.ts';
import type { JsonSchema } from '../http-route.ts';

const text: JsonSchema = { type: 'string' };
const whole: JsonSchema = { type: 'integer', minimum: 0 };
const flag: JsonSchema = { type: 'boolean' };

function object(properties: Readonly<Record<string, JsonSchema>>, required = Object.keys(properties)): JsonSchema {
  return { type: 'object', required, properties };
}

const listOf = (items: JsonSchema, more: JsonSchema = {}): JsonSchema => ({ type: 'array', items, ...more });

const datatype: JsonSchema = {
  enum: [...elementNames, 'BYTES'],
};
const shape = listOf(whole, { maxItems: 32 });
const data: JsonSchema = { type: 'array', items: { type: ['number', 'boolean', 'string', 'array'] } };
const signature = listOf(object({ name: text, datatype, shape: listOf({ type: 'integer', minimum: -1 }) }));

/** Where a tensor lies in shared memory. */
const part: Readonly<Record<string, JsonSchema>> = {
  shared_memory_region: text,
  shared_memory_byte_size: whole,
  shared_memory_offset: whole,
};

const method: JsonSchema = {
  ...text,
  description:
    'a method of the servable, which takes and gives the tensors that the metadata of NAME:METHOD tell; absent: its model',
};
const sticky: JsonSchema = {
  type: ['string', 'integer'],
  description: 'where requests are split between versions, those with the same value get the same one',
};

/** A body of an inference, where it is JSON; tensors behind it are binary data. */
export const inferRequest: JsonSchema = object(
  {
    id: { type: 'string', maxLength: 1000 },
    parameters: object(
      {
        method,
        mindird_sticky: sticky,
        timeout: whole,
        priority: whole,
        binary_data_output: flag,
        mindird_times: flag,
      },
      [],
    ),
    inputs: listOf(
      object({ name: text, datatype, shape, data, parameters: object({ binary_data_size: whole, ...part }, []) }, [
        'name',
        'datatype',
        'shape',
      ]),
    ),
    outputs: listOf(object({ name: text, parameters: object({ binary_data: flag, ...part }, []) }, ['name'])),
  },
  ['inputs'],
);

export const inferReply: JsonSchema = object(
  {
    model_name: text,
    model_version: text,
    id: text,
    parameters: { type: 'object' },
    outputs: listOf(
      object({ name: text, datatype, shape, data, parameters: { type: 'object' } }, ['name', 'datatype', 'shape']),
    ),
  },
  ['model_name', 'model_version', 'outputs'],
);

export const serverMetadata: JsonSchema = object({ name: text, version: text, extensions: listOf(text) });
export const modelMetadata: JsonSchema = object(
  { name: text, versions: listOf(text), platform: text, inputs: signature, outputs: signature },
  ['name', 'inputs', 'outputs'],
);
export const registerRequest: JsonSchema = object({ key: text, offset: whole, byte_size: whole }, ['key', 'byte_size']);

export const regionList: JsonSchema = listOf(object({ name: text, key: text, offset: whole, byte_size: whole }));

export const statisticsReply: JsonSchema = object({ model_stats: listOf({ type: 'object' }) });
export const indexRequest: JsonSchema = object({ ready: flag }, []);
export const indexReply: JsonSchema = listOf(object({ name: text, version: text, state: text, reason: text }));
export const answerYes = (name: string): JsonSchema => object({ [name]: flag });
export const anyObject: JsonSchema = { type: 'object' };
