// The repository by call: its index, loading and unloading; once more under the name of MLServer's service, which has the same messages.

import { ServingError } from '../../errors.ts';
import type { ModelDirectory, RepositoryControl, VersionState, VersionStatus } from '../../model/served.ts';
import { quote } from '../../util/text.ts';
import type { UnaryMethod } from '../protocol.ts';
import { type Purpose, SERVICE, smallCall } from './small-call.ts';

const MLSERVER = 'inference.model_repository.ModelRepositoryService';

export interface IndexRequest {
  readonly repository_name: string;
  readonly ready: boolean;
}

/** Triton's numbering of the fields. */
export interface ChangeRequest {
  readonly repository_name: string;
  readonly model_name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const change: Purpose<ChangeRequest> = { group: 'admin', about: (request) => modelOf(request).name };

/** The methods; without `control` the repository decides what is served, and calls cannot. */
export function repositoryCalls(models: ModelDirectory, control: RepositoryControl | undefined): UnaryMethod[] {
  return [SERVICE, MLSERVER].flatMap((service) => [
    smallCall<IndexRequest>(
      'RepositoryIndex',
      { group: 'metadata', about: () => '' },
      (asked) => ({ models: index(models, asked) }),
      service,
    ),
    smallCall<ChangeRequest>('RepositoryModelLoad', change, (asked) => load(asked, control), service),
    smallCall<ChangeRequest>('RepositoryModelUnload', change, (asked) => unload(asked, control), service),
  ]);
}

const INDEX_STATES: Readonly<Record<Exclude<VersionState, 'gone'>, string>> = {
  new: 'LOADING',
  loading: 'LOADING',
  ready: 'READY',
  draining: 'UNLOADING',
  unloading: 'UNLOADING',
  failed: 'UNAVAILABLE',
};

/** The index. Throws UNSUPPORTED for a repository that is named. */
export function index(models: ModelDirectory, { repository_name: repository, ready }: IndexRequest): object[] {
  if (repository !== '') throw noRepository(repository);
  const entry = ({ name, version, state, reason }: VersionStatus): object[] =>
    state === 'gone' || (ready && state !== 'ready') ? [] : [{ name, version, state: INDEX_STATES[state], reason }];
  const known = models.versions().flatMap(entry);
  if (ready) return known;
  return [
    ...known,
    ...models.absent().map(({ name, reason }) => ({ name, version: '', state: 'UNAVAILABLE', reason })),
  ];
}

function noRepository(name: string): ServingError {
  return new ServingError('UNSUPPORTED', `repository_name: found ${quote(name)}, want none: there is one repository`);
}

/** The model that is meant, and whether the caller counts fields as KServe does. */
function modelOf({ repository_name: first, model_name: name }: ChangeRequest): { name: string; isKServe: boolean } {
  if (name === '' && first === '') throw new ServingError('INVALID_ARGUMENT', 'model_name: missing');
  if (name !== '' && first !== '') throw noRepository(first);
  return name === '' ? { name: first, isKServe: true } : { name, isKServe: false };
}

function requireControl(control: RepositoryControl | undefined): RepositoryControl {
  if (control !== undefined) return control;
  const text = 'the files of the repository decide what is served, calls do with repository.control: explicit';
  throw new ServingError('UNSUPPORTED', text);
}

function onlyKnown({ parameters }: ChangeRequest, known: readonly string[]): void {
  for (const key of Object.keys(parameters)) {
    if (known.includes(key)) continue;
    const hint =
      key === 'config' || key.startsWith('file:') ? ': configuration and files are those of the repository' : '';
    throw new ServingError('UNSUPPORTED', `parameter ${quote(key)} is not supported${hint}`);
  }
}

/** Loads; resolves to what KServe's clients want to read. */
export async function load(request: ChangeRequest, given: RepositoryControl | undefined): Promise<object> {
  const { name, isKServe } = modelOf(request);
  const control = requireControl(given);
  onlyKnown(request, []);
  await control.load(name);
  return isKServe ? { model_name: name, isLoaded: true } : {};
}

const dependentsKey = 'unload_dependents';

/** Whether what an ensemble runs goes with it: a parameter of gRPC, or a plain value of JSON. */
function dependentsOf({ parameters }: ChangeRequest): boolean {
  const given: unknown = parameters[dependentsKey] ?? false;
  const value = typeof given === 'object' ? (given as { readonly bool_param?: unknown }).bool_param : given;
  if (typeof value === 'boolean') return value;
  throw new ServingError('INVALID_ARGUMENT', `parameter ${quote(dependentsKey)}: want true or false`);
}

/** Begins to unload. */
export function unload(request: ChangeRequest, given: RepositoryControl | undefined): object {
  const { name, isKServe } = modelOf(request);
  const control = requireControl(given);
  onlyKnown(request, [dependentsKey]);
  control.unload(name, dependentsOf(request));
  return isKServe ? { model_name: name, isUnloaded: true } : {};
}
