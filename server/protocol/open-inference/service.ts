// The Open Inference Protocol v2: the table of its methods.

import type { Dispatcher } from '../../inference/dispatch.ts';
import type { Readiness } from '../../inference/readiness.ts';
import { rehearsed } from '../../inference/rehearsal.ts';
import type { SharedRegions } from '../../inference/shared-regions.ts';
import type { ModelDirectory, RepositoryControl } from '../../model/served.ts';
import type { ExchangeMethod, Protocol } from '../protocol.ts';
import { methodOf } from '../protos.ts';
import { configOf } from './describe.ts';
import { extensionsOf, isReady, metadata, type Named, ofModel, statistics, withModel } from './directory.ts';
import { ModelInfer } from './infer.ts';
import { repositoryCalls } from './repository-calls.ts';
import { type RunningSettings, settingsCalls } from './settings-calls.ts';
import { sharedMemoryCalls } from './shared-memory-calls.ts';
import { SERVICE, smallCall } from './small-call.ts';
import { streamedInfer } from './streamed-infer.ts';

export interface OpenInferenceParts {
  readonly dispatcher: Dispatcher;
  readonly models: ModelDirectory;
  readonly readiness: Readiness;
  /** Absent where the files of the repository decide what is served. */
  readonly control?: RepositoryControl | undefined;
  readonly settings: RunningSettings;
  /** Absent where shared memory is off. */
  readonly regions?: SharedRegions | undefined;
  /** Version of the server program. */
  readonly serverVersion: string;
  /** Largest message in bytes, in either direction. */
  readonly maxMessage: number;
}

/** Builds the protocol over the parts it answers from. */
export function openInference(parts: OpenInferenceParts): Protocol {
  const { dispatcher, models, readiness, maxMessage } = parts;
  const extensions = extensionsOf(parts.control, parts.regions);
  const limits = { maxMessage, regions: parts.regions };
  const infer: ExchangeMethod = {
    path: methodOf(SERVICE, 'ModelInfer').path,
    group: 'infer',
    exchange: (message, call) => dispatcher.run(new ModelInfer(message, call, limits)),
  };
  const methods = [
    infer,
    streamedInfer(dispatcher, limits),
    smallCall('ServerLive', { group: 'health' }, () => ({ live: true })),
    smallCall('ServerReady', { group: 'health' }, () => ({ ready: readiness.ready })),
    smallCall<Named>('ModelReady', ofModel, (asked) => ({ ready: isReady(readiness, models, asked) })),
    smallCall('ServerMetadata', { group: 'metadata' }, () => ({
      name: 'mindird',
      version: parts.serverVersion,
      extensions,
    })),
    smallCall<Named>('ModelMetadata', ofModel, (asked) => metadata(models, asked)),
    smallCall<Named>('ModelConfig', ofModel, ({ name, version }) => ({
      config: withModel(models, name, version, configOf),
    })),
    smallCall<Named>('ModelStatistics', ofModel, (asked) => ({ model_stats: statistics(models, asked) })),
    ...repositoryCalls(models, parts.control),
    ...settingsCalls(parts.settings, models),
    ...sharedMemoryCalls(parts.regions),
  ];
  return { name: 'open-inference', methods };
}

/** The hot call of a dispatcher that only rehearses it, and a request for it. */
export function rehearsal(dispatcher: Dispatcher, maxMessage: number): { method: ExchangeMethod; message: Buffer } {
  const { name, input, elements } = rehearsed;
  const message = methodOf(SERVICE, 'ModelInfer').requestSerialize({
    model_name: name,
    inputs: [{ name: input, datatype: 'FP32', shape: [1, elements] }],
    raw_input_contents: [Buffer.alloc(4 * elements)],
  });
  const method: ExchangeMethod = {
    path: '/mindird.Rehearsal/ModelInfer',
    exchange: (bytes, call) => dispatcher.run(new ModelInfer(bytes, call, { maxMessage })),
  };
  return { method, message };
}
