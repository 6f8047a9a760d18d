// What the protocol tells about a model: ModelMetadata and ModelConfig, as plain objects of the proto messages.

import { ServingError } from '../../errors.ts';
import type { TensorType } from '../../inference/request.ts';
import type { MethodTensor, ModelDirectory, ServedMethod, ServedModel } from '../../model/served.ts';
import type { TensorSpec } from '../../native/binding-types.ts';
import { quote } from '../../util/text.ts';

function metadataOf(spec: TensorSpec | MethodTensor): object {
  return { name: spec.name, datatype: spec.dtype ?? '', shape: spec.shape ?? [-1] };
}

/** The method that the name of a servable without a model of its own stands for; undefined for any other. */
export function onlyMethod({ isModelless, methods }: ServedModel): ServedMethod | undefined {
  const known = isModelless === true ? methods.filter(({ signature }) => signature !== undefined) : [];
  return known.length === 1 ? known[0] : undefined;
}

/** ModelMetadataResponse. */
export function describeModel(model: ServedModel, models: ModelDirectory): object {
  const versions = models.versionsOf(model.name).filter((v) => v.state === 'ready');
  return {
    name: model.name,
    versions: versions.map((v) => v.version),
    platform: model.platform,
    inputs: model.signature.inputs.map(metadataOf),
    outputs: model.signature.outputs.map(metadataOf),
  };
}

/** ModelMetadataResponse of a method with stages, under the name NAME:METHOD; what is described of it are properties. Throws NOT_FOUND or UNSUPPORTED. */
export function describeMethod(model: ServedModel, name: string, models: ModelDirectory): object {
  const found = model.methods.find((method) => method.name === name);
  if (found?.refused !== undefined)
    throw new ServingError('UNSUPPORTED', `method ${quote(name)} is not available: ${found.refused}`);
  if (found?.signature === undefined)
    throw new ServingError('NOT_FOUND', `Request for unknown model: ${model.name} has no method ${quote(name)}`);
  const { description, inputs, outputs } = found.signature;
  const described = [...inputs, ...outputs].filter((tensor) => tensor.description !== '');
  return {
    ...describeModel(model, models),
    name: `${model.name}:${name}`,
    inputs: inputs.map(metadataOf),
    outputs: outputs.map(metadataOf),
    properties: {
      ...(description === '' ? {} : { description }),
      ...Object.fromEntries(described.map((tensor) => [`description.${tensor.name}`, tensor.description])),
    },
  };
}

/** Triton's name of an element type; nothing may be said of a method's. */
function typeName(dtype: TensorType | null): string {
  if (dtype === null) return 'TYPE_INVALID';
  return dtype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${dtype}`;
}

/** Whether a model's tensors begin with a batch dimension: those of an ensemble do where all of them are open there, and its file says so. */
function isBatched(model: ServedModel): boolean {
  const method = onlyMethod(model)?.signature;
  if (method === undefined) return model.signature.batched;
  return model.maxBatch > 1 && [...method.inputs, ...method.outputs].every(({ shape }) => shape?.[0] === -1);
}

/** What runs a model; nothing of its own runs an ensemble. */
function runningOf(model: ServedModel, batched: boolean): object {
  if (model.isModelless === true) return {};
  const batching = {
    preferred_batch_size: model.preferredBatches,
    max_queue_delay_microseconds: model.maxQueueDelayUs,
    default_queue_policy: { timeout_action: 'REJECT', allow_timeout_override: true },
  };
  const kind = model.native.memory().device > 0 ? 'KIND_GPU' : 'KIND_CPU';
  return {
    backend: 'mindird',
    default_model_filename: 'model.mindir',
    instance_group: [{ name: `${model.name}_0`, count: model.instances, kind }],
    ...(batched && model.maxBatch > 1 ? { dynamic_batching: batching } : {}),
  };
}

/** ModelConfig: max_batch_size above 0 says that dims leave out the batch dimension. */
export function configOf(model: ServedModel): object {
  const batched = isBatched(model);
  const { inputs, outputs } = onlyMethod(model)?.signature ?? model.signature;
  const dims = ({ shape }: TensorSpec | MethodTensor): readonly number[] => (shape ?? [-1]).slice(batched ? 1 : 0);
  const tensor = (spec: TensorSpec | MethodTensor): object => ({
    name: spec.name,
    data_type: typeName(spec.dtype),
    dims: dims(spec),
  });
  return {
    name: model.name,
    platform: model.platform,
    max_batch_size: batched ? Math.max(1, model.maxBatch) : 0,
    input: inputs.map(tensor),
    output: outputs.map(tensor),
    ...runningOf(model, batched),
    model_transaction_policy: { decoupled: false },
  };
}
