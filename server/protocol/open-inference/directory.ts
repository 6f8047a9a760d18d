// What both forms of the protocol, gRPC and HTTP, tell of the models there are.

import { toServingError } from '../../errors.ts';
import { splitName } from '../../inference/method-name.ts';
import type { Readiness } from '../../inference/readiness.ts';
import type { SharedRegions } from '../../inference/shared-regions.ts';
import type { ModelDirectory, RepositoryControl, ServedModel } from '../../model/served.ts';
import { describeMethod, describeModel, onlyMethod } from './describe.ts';
import { namedUnknown } from './infer.ts';
import type { Purpose } from './small-call.ts';
import { statisticsOf } from './statistics.ts';

/** Extensions that work; load generators switch features on by this list. */
export function extensionsOf(
  control: RepositoryControl | undefined,
  regions: SharedRegions | undefined,
): readonly string[] {
  const always = ['model_configuration', 'statistics', 'schedule_policy', 'parameters', 'trace', 'logging'];
  const byCall = control === undefined ? [] : ['model_repository', 'model_repository(unload_dependents)'];
  return [...always, ...byCall, ...(regions === undefined ? [] : ['system_shared_memory'])];
}

export interface Named {
  readonly name: string;
  readonly version: string;
}

/** A call about one model, or with no name about all. A method of a servable is asked for by its own name. */
export const ofModel: Purpose<Named> = { group: 'metadata', about: ({ name }) => splitName(name).name };

/** Ready, and where the name has a method that one is available. */
export function isReady(readiness: Readiness, models: ModelDirectory, { name: whole, version }: Named): boolean {
  const { name, method } = splitName(whole);
  if (!readiness.modelReady(name, version)) return false;
  const offers = ({ methods }: ServedModel): boolean =>
    methods.some((own) => own.name === method && own.signature !== undefined);
  return method === '' || withModel(models, name, version, offers);
}

/** Metadata of a model, or of one of its methods. */
export function metadata(models: ModelDirectory, { name: whole, version }: Named): object {
  const { name, method } = splitName(whole);
  return withModel(models, name, version, (model) => {
    if (method !== '') return describeMethod(model, method, models);
    const meant = onlyMethod(model);
    return meant === undefined
      ? describeModel(model, models)
      : { ...describeMethod(model, meant.name, models), name: model.name };
  });
}

/** Reads something of a version; throws NOT_FOUND or NOT_READY. */
export function withModel<T>(
  models: ModelDirectory,
  name: string,
  version: string,
  read: (model: ServedModel) => T,
): T {
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
export function statistics(models: ModelDirectory, { name, version }: Named): object[] {
  if (name !== '' && version !== '') return [withModel(models, name, version, statisticsOf)];
  const ready = (name === '' ? models.versions() : models.versionsOf(name)).filter((v) => v.state === 'ready');
  if (name !== '' && ready.length === 0) return [withModel(models, name, version, statisticsOf)];
  return ready.map((v) => withModel(models, v.name, v.version, statisticsOf));
}
