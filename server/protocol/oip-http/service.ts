// The Open Inference Protocol over HTTP: its routes, with the extensions that Triton's clients use.

import type { Dispatcher } from '../../inference/dispatch.ts';
import { splitName } from '../../inference/method-name.ts';
import { type HttpCallRoute, type HttpReply, type JsonSchema, jsonLine, smallCall } from '../http-route.ts';
import { asObject, flagOf } from '../json/fields.ts';
import { jsonText, plainJson } from '../json/json.ts';
import { configOf } from '../open-inference/describe.ts';
import { extensionsOf, isReady, metadata, type Named, statistics, withModel } from '../open-inference/directory.ts';
import { index } from '../open-inference/repository-calls.ts';
import type { OpenInferenceParts } from '../open-inference/service.ts';
import type { Protocol } from '../protocol.ts';
import { controlRoutes } from './control.ts';
import { HttpInfer, type InferOptions } from './infer.ts';
import {
  answerYes,
  anyObject,
  indexReply,
  indexRequest,
  inferReply,
  inferRequest,
  modelMetadata,
  serverMetadata,
  statisticsReply,
} from './schemas.ts';
import { sharedMemoryRoutes } from './shared-memory.ts';

type Params = Readonly<Record<string, string>>;

/** Builds the protocol over the parts it answers from. */
export function openInferenceHttp(parts: OpenInferenceParts): Protocol {
  return {
    name: 'open-inference-http',
    methods: [],
    routes: [
      ...serverRoutes(parts),
      ...modelRoutes(parts),
      ...controlRoutes(parts),
      ...sharedMemoryRoutes(parts.regions),
    ],
  };
}

/** A yes is 200, a no 400, as the protocol has it; the body repeats it. */
function yesNo(name: string, yes: boolean, more: object = {}): HttpReply {
  return jsonLine({ ...more, [name]: yes }, yes ? 200 : 400);
}

/** No is an answer too. */
const no = [400];

function serverRoutes({
  readiness,
  models,
  control,
  regions,
  serverVersion,
}: OpenInferenceParts): readonly HttpCallRoute[] {
  // What works over HTTP beside what works over gRPC.
  const extensions = [...extensionsOf(control, regions), 'binary_tensor_data'];
  const health = { method: 'GET', anyHost: true, group: 'health', no } as const;
  return [
    smallCall(
      { method: 'GET', path: '/v2', summary: 'the server', gives: serverMetadata, about: () => undefined },
      () => jsonLine({ name: 'mindird', version: serverVersion, extensions }),
    ),
    smallCall(
      { ...health, path: '/v2/health/live', summary: 'whether the server runs', gives: answerYes('live') },
      () => yesNo('live', true),
    ),
    smallCall(
      { ...health, path: '/v2/health/ready', summary: 'whether the server is ready', gives: answerYes('ready') },
      () => yesNo('ready', readiness.ready),
    ),
    smallCall(
      { method: 'GET', path: '/v2/models/stats', summary: 'statistics of all models', gives: statisticsReply },
      () => jsonLine({ model_stats: statistics(models, { name: '', version: '' }) }),
    ),
    smallCall(
      {
        method: 'POST',
        path: '/v2/repository/index',
        summary: 'the versions there are',
        group: 'metadata',
        takes: indexRequest,
        takesNone: true,
        gives: indexReply,
      },
      (_params, body) => jsonLine(index(models, { repository_name: '', ready: onlyReady(body) })),
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
  const options: InferOptions = {
    maxMessage,
    regions: parts.regions,
    signatureOf: (model, version) => withModel(models, model, version, ({ signature }) => signature),
  };
  const named = ({ model = '', version = '' }: Params): Named => ({ name: model, version });
  const ready = (asked: Named): HttpReply => yesNo('ready', isReady(readiness, models, asked), { name: asked.name });
  return ['/v2/models/:model', '/v2/models/:model/versions/:version'].flatMap((path) => {
    const get = (
      end: string,
      words: { readonly summary: string; readonly gives: JsonSchema; readonly no?: readonly number[] },
      answer: (asked: Named) => HttpReply,
    ): HttpCallRoute =>
      smallCall({ method: 'GET', path: `${path}${end}`, about: servableOf, ...words }, (params) =>
        answer(named(params)),
      );
    return [
      get('', { summary: 'inputs and outputs', gives: modelMetadata }, (asked) => jsonLine(metadata(models, asked))),
      get('/ready', { summary: 'whether it is ready', gives: answerYes('ready'), no }, ready),
      get('/config', { summary: 'its configuration', gives: anyObject }, ({ name, version }) =>
        jsonLine(withModel(models, name, version, configOf)),
      ),
      get('/stats', { summary: 'its statistics', gives: statisticsReply }, (asked) =>
        jsonLine({ model_stats: statistics(models, asked) }),
      ),
      inferRoute(`${path}/infer`, dispatcher, options),
    ];
  });
}

function inferRoute(path: string, dispatcher: Dispatcher, options: InferOptions): HttpCallRoute {
  return {
    method: 'POST',
    path,
    summary: 'inference; binary data as the header Inference-Header-Content-Length says',
    takes: inferRequest,
    gives: inferReply,
    binary: true,
    about: servableOf,
    exchange: (body, call) => dispatcher.run(new HttpInfer(body, call, options)),
  };
}
