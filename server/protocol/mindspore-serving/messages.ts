// The messages as proto-loader gives and takes them.

import { methodOf, type ProtoMethod } from '../protos.ts';

export interface TensorMessage {
  readonly shape: { readonly dims: readonly number[] } | null;
  readonly dtype: string;
  readonly data?: Buffer;
  readonly shm_data?: object;
  readonly bytes_val?: readonly Buffer[];
}

export interface InstanceMessage {
  readonly items: Readonly<Record<string, TensorMessage>>;
  readonly output_buffers?: Readonly<Record<string, object>>;
}

export interface ServableSpec {
  readonly name: string;
  readonly method_name: string;
  readonly version_number: number;
}

export interface PredictRequest {
  readonly servable_spec: ServableSpec | null;
  readonly instances: readonly InstanceMessage[];
  readonly instances_before_1_3: readonly InstanceMessage[];
}

export interface ErrorMessage {
  readonly error_code: number;
  readonly error_msg: Buffer;
}

export interface PredictReply {
  readonly servable_spec: ServableSpec;
  readonly instances: readonly InstanceMessage[];
  readonly error_msg: readonly ErrorMessage[];
}

export const predictMethod: ProtoMethod = methodOf('mindspore.serving.proto.MSService', 'Predict');
