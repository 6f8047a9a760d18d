// The Open Inference Protocol v2: the table of its methods.

import { toServingError } from '../../errors.ts';
import type { Dispatcher } from '../../inference/dispatch.ts';
import type { Readiness } from '../../inference/readiness.ts';
import { rehearsed } from '../../inference/rehearsal.ts';
import type { ModelDirectory, ServedModel, VersionState, VersionStatus } from '../../model/served.ts';
import type { ExchangeMethod, Protocol, UnaryMethod } from '../protocol.ts';
import { methodOf } from '../protos.ts';
import { parseMessage, SMALL_MESSAGE } from '../small-message.ts';
import { configOf, describeModel } from './describe.ts';
import { ModelInfer, namedUnknown } from './infer.ts';
import { statisticsOf } from './statistics.ts';

const SERVICE = 'inference.GRPCInferenceService';

/** Extensions that work; load generators switch features on by this list. */
const EXTENSIONS = ['model_configuration', 'statistics', 'schedule_policy', 'parameters'];

export interface OpenInferenceParts {
  readonly dispatcher: Dispatcher;
  readonly models: ModelDirectory;
  readonly readiness: Readiness;
  /** Version of the server program. */
  readonly serverVersion: string;
  /** Largest message in bytes, in either direction. */
  readonly maxMessage: number;
}

interface Named {
  readonly name: string;
  readonly version: string;
}

/** Builds the protocol over the parts it answers from. */
export function openInference(parts: OpenInferenceParts): Protocol {
  const { dispatcher, models, readiness, maxMessage } = parts;
  const infer: ExchangeMethod = {
    path: methodOf(SERVICE, 'ModelInfer').path,
    exchange: (message, call) => dispatcher.run(new ModelInfer(message, call, maxMessage)),
  };
  const methods = [
    infer,
    small('ServerLive', () => ({ live: true })),
    small('ServerReady', () => ({ ready: readiness.ready })),
    small<Named>('ModelReady', ({ name, version }) => ({ ready: readiness.modelReady(name, version) })),
    small('ServerMetadata', () => ({ name: 'mindird', version: parts.serverVersion, extensions: EXTENSIONS })),
    small<Named>('ModelMetadata', ({ name, version }) =>
      withModel(models, name, version, (model) => describeModel(model, models)),
    ),
    small<Named>('ModelConfig', ({ name, version }) => ({ config: withModel(models, name, version, configOf) })),
    small<Named>('ModelStatistics', (asked) => ({ model_stats: statistics(models, asked) })),
    small<{ ready: boolean }>('RepositoryIndex', ({ ready }) => ({ models: index(models, ready) })),
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
    exchange: (bytes, call) => dispatcher.run(new ModelInfer(bytes, call, maxMessage)),
  };
  return { method, message };
}

function small<T>(name: string, answer: (request: T) => object): UnaryMethod {
  const method = methodOf(SERVICE, name);
  return {
    path: method.path,
    maxBytes: SMALL_MESSAGE,
    handle: (message) => method.responseSerialize(answer(parseMessage<T>(method, message))),
  };
}

function withModel<T>(models: ModelDirectory, name: string, version: string, read: (model: ServedModel) => T): T {
  let lease: ReturnType<ModelDirectory['lease']>;
  try {
    lease = models.lease(name, version);
  } catch (caught) {
    throw namedUnknown(toServingError(caught));
  }
  try {
    return read(lease.model);
  } finally {
    lease.release();
  }
}

/** Statistics of one version, all ready versions of a model, or all models. */
function statistics(models: ModelDirectory, { name, version }: Named): object[] {
  if (name !== '' && version !== '') return [withModel(models, name, version, statisticsOf)];
  const ready = (name === '' ? models.versions() : models.versionsOf(name)).filter((v) => v.state === 'ready');
  if (name !== '' && ready.length === 0) return [withModel(models, name, version, statisticsOf)];
  return ready.map((v) => withModel(models, v.name, v.version, statisticsOf));
}

const INDEX_STATES: Readonly<Record<Exclude<VersionState, 'gone'>, string>> = {
  new: 'LOADING',
  loading: 'LOADING',
  ready: 'READY',
  draining: 'UNLOADING',
  unloading: 'UNLOADING',
  failed: 'UNAVAILABLE',
};

function index(models: ModelDirectory, onlyReady: boolean): object[] {
  const entry = ({ name, version, state, reason }: VersionStatus): object[] =>
    state === 'gone' || (onlyReady && state !== 'ready') ? [] : [{ name, version, state: INDEX_STATES[state], reason }];
  return models.versions().flatMap(entry);
}
