// The protocol's messages as proto-loader gives them, only the fields the commands use.

/** One value of a parameter map; the oneof member that is set has its field. */
export interface Parameter {
  readonly bool_param?: boolean;
  readonly int64_param?: number;
  readonly uint64_param?: number;
  readonly double_param?: number;
  readonly string_param?: string;
}

export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

export interface ServerMetadata {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
}

export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

export interface InferRequestMessage {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly { readonly name: string }[];
  readonly raw_input_contents: readonly Uint8Array[];
}

export interface InferResponseMessage {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly outputs: readonly TensorMetadata[];
  readonly raw_output_contents: readonly Buffer[];
}

export interface StatisticDuration {
  readonly count: number;
  readonly ns: number;
}

/** Stages of a request in the order they happen, with the totals in `success` and `fail`. */
export interface InferStatistics {
  readonly success: StatisticDuration | null;
  readonly fail: StatisticDuration | null;
  readonly queue: StatisticDuration | null;
  readonly compute_input: StatisticDuration | null;
  readonly compute_infer: StatisticDuration | null;
  readonly compute_output: StatisticDuration | null;
}

export interface ModelStatisticsMessage {
  readonly name: string;
  readonly version: string;
  readonly inference_count: number;
  readonly execution_count: number;
  readonly inference_stats: InferStatistics | null;
}

export interface IndexEntry {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly reason: string;
}
