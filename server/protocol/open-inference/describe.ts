// What the protocol tells about a model: ModelMetadata and ModelConfig, as plain objects of the proto messages.

import { ServingError } from '../../errors.ts';
import type { MethodTensor, ModelDirectory, ServedModel } from '../../model/served.ts';
import type { TensorSpec } from '../../native/binding-types.ts';
import { quote } from '../../util/text.ts';

function metadataOf(spec: TensorSpec | MethodTensor): object {
  return { name: spec.name, datatype: spec.dtype ?? '', shape: spec.shape ?? [-1] };
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

/** ModelConfig: max_batch_size above 0 says that dims leave out the batch dimension. */
export function configOf(model: ServedModel): object {
  const { batched } = model.signature;
  const dims = (spec: TensorSpec): readonly number[] =>
    batched ? (spec.shape ?? [-1]).slice(1) : (spec.shape ?? [-1]);
  const tensor = (spec: TensorSpec): object => ({ name: spec.name, data_type: `TYPE_${spec.dtype}`, dims: dims(spec) });
  const batching = {
    preferred_batch_size: model.preferredBatches,
    max_queue_delay_microseconds: model.maxQueueDelayUs,
    default_queue_policy: { timeout_action: 'REJECT', allow_timeout_override: true },
  };
  return {
    name: model.name,
    platform: model.platform,
    backend: 'mindird',
    default_model_filename: 'model.mindir',
    max_batch_size: batched ? Math.max(1, model.maxBatch) : 0,
    input: model.signature.inputs.map(tensor),
    output: model.signature.outputs.map(tensor),
    instance_group: [
      {
        name: `${model.name}_0`,
        count: model.instances,
        kind: model.native.memory().device > 0 ? 'KIND_GPU' : 'KIND_CPU',
      },
    ],
    ...(batched && model.maxBatch > 1 ? { dynamic_batching: batching } : {}),
    model_transaction_policy: { decoupled: false },
  };
}
