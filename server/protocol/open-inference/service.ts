// The Open Inference Protocol v2: the table of its methods.

import { toServingError } from '../../errors.ts';
import type { Dispatcher } from '../../inference/dispatch.ts';
import { splitName } from '../../inference/method-name.ts';
import type { Readiness } from '../../inference/readiness.ts';
import { rehearsed } from '../../inference/rehearsal.ts';
import type { ModelDirectory, RepositoryControl, ServedModel } from '../../model/served.ts';
import type { ExchangeMethod, Protocol } from '../protocol.ts';
import { methodOf } from '../protos.ts';
import { configOf, describeMethod, describeModel } from './describe.ts';
import { ModelInfer, namedUnknown } from './infer.ts';
import { repositoryCalls } from './repository-calls.ts';
import { type RunningSettings, settingsCalls } from './settings-calls.ts';
import { type Purpose, SERVICE, smallCall } from './small-call.ts';
import { statisticsOf } from './statistics.ts';
import { streamedInfer } from './streamed-infer.ts';

/** Extensions that work; load generators switch features on by this list. */
function extensionsOf({ control }: OpenInferenceParts): readonly string[] {
  const always = ['model_configuration', 'statistics', 'schedule_policy', 'parameters', 'trace', 'logging'];
  const byCall = control === undefined ? [] : ['model_repository', 'model_repository(unload_dependents)'];
  return [...always, ...byCall];
}

export interface OpenInferenceParts {
  readonly dispatcher: Dispatcher;
  readonly models: ModelDirectory;
  readonly readiness: Readiness;
  /** Absent where the files of the repository decide what is served. */
  readonly control?: RepositoryControl | undefined;
  readonly settings: RunningSettings;
  /** Version of the server program. */
  readonly serverVersion: string;
  /** Largest message in bytes, in either direction. */
  readonly maxMessage: number;
}

interface Named {
  readonly name: string;
  readonly version: string;
}

/** A call about one model, or with no name about all. A method of a servable is asked for by its own name. */
const ofModel: Purpose<Named> = { group: 'metadata', about: ({ name }) => splitName(name).name };

/** Builds the protocol over the parts it answers from. */
export function openInference(parts: OpenInferenceParts): Protocol {
  const { dispatcher, models, readiness, maxMessage } = parts;
  const extensions = extensionsOf(parts);
  const infer: ExchangeMethod = {
    path: methodOf(SERVICE, 'ModelInfer').path,
    group: 'infer',
    exchange: (message, call) => dispatcher.run(new ModelInfer(message, call, maxMessage)),
  };
  const methods = [
    infer,
    streamedInfer(dispatcher, maxMessage),
    smallCall('ServerLive', { group: 'health' }, () => ({ live: true })),
    smallCall('ServerReady', { group: 'health' }, () => ({ ready: readiness.ready })),
    smallCall<Named>('ModelReady', ofModel, (asked) => ({ ready: isReady(parts, asked) })),
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
  ];
  return { name: 'open-inference', methods };
}

/** Ready, and where the name has a method that one is available. */
function isReady({ readiness, models }: OpenInferenceParts, { name: whole, version }: Named): boolean {
  const { name, method } = splitName(whole);
  if (!readiness.modelReady(name, version)) return false;
  const offers = ({ methods }: ServedModel): boolean =>
    methods.some((own) => own.name === method && own.signature !== undefined);
  return method === '' || withModel(models, name, version, offers);
}

function metadata(models: ModelDirectory, { name: whole, version }: Named): object {
  const { name, method } = splitName(whole);
  return withModel(models, name, version, (model) =>
    method === '' ? describeModel(model, models) : describeMethod(model, method, models),
  );
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
