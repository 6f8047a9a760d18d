// The Open Inference Protocol over HTTP: its routes, with the extensions that Triton's clients use.

import type { Dispatcher } from '../../inference/dispatch.ts';
import { splitName } from '../../inference/method-name.ts';
import { type HttpCallRoute, type HttpReply, jsonLine, smallCall } from '../http-route.ts';
import { configOf } from '../open-inference/describe.ts';
import { extensionsOf, isReady, metadata, statistics, withModel } from '../open-inference/directory.ts';
import { index } from '../open-inference/repository-calls.ts';
import type { OpenInferenceParts } from '../open-inference/service.ts';
import type { Protocol } from '../protocol.ts';
import { controlRoutes } from './control.ts';
import { asObject, flagOf } from './fields.ts';
import { HttpInfer, type InferOptions } from './infer.ts';
import { jsonText, plainJson } from './json.ts';
import { sharedMemoryRoutes } from './shared-memory.ts';

type Params = Readonly<Record<string, string>>;

/** Builds the protocol over the parts it answers from. */
export function openInferenceHttp(parts: OpenInferenceParts): Protocol {
  return {
    name: 'open-inference-http',
    methods: [],
    routes: [...serverRoutes(parts), ...modelRoutes(parts), ...controlRoutes(parts), ...sharedMemoryRoutes()],
  };
}

/** A yes is 200, a no 400, as the protocol has it; the body repeats it. */
function yesNo(name: string, yes: boolean, more: object = {}): HttpReply {
  return jsonLine({ ...more, [name]: yes }, yes ? 200 : 400);
}

function serverRoutes({ readiness, models, control, serverVersion }: OpenInferenceParts): readonly HttpCallRoute[] {
  // What works over HTTP beside what works over gRPC.
  const extensions = [...extensionsOf(control), 'binary_tensor_data'];
  const get = (path: string, answer: () => HttpReply): HttpCallRoute => smallCall({ method: 'GET', path }, answer);
  return [
    { ...get('/v2', () => jsonLine({ name: 'mindird', version: serverVersion, extensions })), about: () => undefined },
    { ...get('/v2/health/live', () => yesNo('live', true)), anyHost: true, group: 'health' },
    { ...get('/v2/health/ready', () => yesNo('ready', readiness.ready)), anyHost: true, group: 'health' },
    get('/v2/models/stats', () => jsonLine({ model_stats: statistics(models, { name: '', version: '' }) })),
    smallCall({ method: 'POST', path: '/v2/repository/index', group: 'metadata' }, (_params, body) =>
      jsonLine(index(models, { repository_name: '', ready: onlyReady(body) })),
    ),
  ];
}

/** The body of a question for the index is absent, or tells whether only versions that are ready are wanted. */
function onlyReady(body: Buffer): boolean {
  if (body.length === 0) return false;
  return flagOf(asObject(plainJson(jsonText(body)), 'request JSON'), 'ready', 'field') ?? false;
}

/** The servable of a name that may have a method. */
const servableOf = ({ model = '' }: Params): string => splitName(model).name;

function modelRoutes(parts: OpenInferenceParts): readonly HttpCallRoute[] {
  const { models, readiness, dispatcher, maxMessage } = parts;
  const describe = ({ model = '', version = '' }: Params): HttpReply =>
    jsonLine(metadata(models, { name: model, version }));
  const config = ({ model = '', version = '' }: Params): HttpReply =>
    jsonLine(withModel(models, model, version, configOf));
  const ready = ({ model = '', version = '' }: Params): HttpReply =>
    yesNo('ready', isReady(readiness, models, { name: model, version }), { name: model });
  const stats = ({ model = '', version = '' }: Params): HttpReply =>
    jsonLine({ model_stats: statistics(models, { name: model, version }) });
  const options: InferOptions = {
    maxMessage,
    signatureOf: (model, version) => withModel(models, model, version, ({ signature }) => signature),
  };
  return ['/v2/models/:model', '/v2/models/:model/versions/:version'].flatMap((path) => [
    smallCall({ method: 'GET', path, about: servableOf }, describe),
    smallCall({ method: 'GET', path: `${path}/ready`, about: servableOf }, ready),
    smallCall({ method: 'GET', path: `${path}/config`, about: servableOf }, config),
    smallCall({ method: 'GET', path: `${path}/stats`, about: servableOf }, stats),
    inferRoute(`${path}/infer`, dispatcher, options),
  ]);
}

function inferRoute(path: string, dispatcher: Dispatcher, options: InferOptions): HttpCallRoute {
  return {
    method: 'POST',
    path,
    about: servableOf,
    exchange: (body, call) => dispatcher.run(new HttpInfer(body, call, options)),
  };
}
