// What changes the running server by call, over HTTP: models loaded and unloaded, log and trace settings, in the JSON of Triton's clients.

import { type HttpCallRoute, type HttpReply, jsonLine, smallCall } from '../http-route.ts';
import { asObject, type JsonObject, parametersOf, refuse } from '../json/fields.ts';
import { jsonText, plainJson } from '../json/json.ts';
import { type ChangeRequest, load, unload } from '../open-inference/repository-calls.ts';
import type { OpenInferenceParts } from '../open-inference/service.ts';
import { askLog, askTrace, type LogValue, type TraceValue } from '../open-inference/settings-calls.ts';
import { anyObject } from './schemas.ts';

/** What changes something. */
const words = { method: 'POST', writes: true, takes: anyObject, takesNone: true, gives: anyObject } as const;

/** Loading and unloading, and the settings. */
export function controlRoutes(parts: OpenInferenceParts): readonly HttpCallRoute[] {
  return [...repositoryRoutes(parts), ...settingsRoutes(parts)];
}

function objectIn(body: Buffer): JsonObject {
  return body.length === 0 ? {} : asObject(plainJson(jsonText(body)), 'request JSON');
}

function repositoryRoutes({ control }: OpenInferenceParts): readonly HttpCallRoute[] {
  const change =
    (make: (request: ChangeRequest) => object | Promise<object>) =>
    async ({ model = '' }: Readonly<Record<string, string>>, body: Buffer): Promise<HttpReply> => {
      const parameters = parametersOf(objectIn(body), 'request');
      return jsonLine(await make({ repository_name: '', model_name: model, parameters }));
    };
  return [
    smallCall(
      { ...words, path: '/v2/repository/models/:model/load', summary: 'loads a model' },
      change((request) => load(request, control)),
    ),
    smallCall(
      { ...words, path: '/v2/repository/models/:model/unload', summary: 'unloads a model' },
      change((request) => unload(request, control)),
    ),
  ];
}

function settingsRoutes({ settings, models }: OpenInferenceParts): readonly HttpCallRoute[] {
  const log = (asked: JsonObject): HttpReply => jsonLine(plainLog(askLog(settings, logValues(asked))));
  const trace = (asked: JsonObject, model: string): HttpReply =>
    jsonLine(plainTrace(askTrace(settings, models, traceValues(asked), model)));
  const traces = ['/v2/trace/setting', '/v2/models/:model/trace/setting'].flatMap((path) => [
    smallCall(
      { method: 'GET', path, group: 'admin', summary: 'settings of tracing', gives: anyObject },
      ({ model = '' }) => trace({}, model),
    ),
    smallCall({ ...words, path, summary: 'changes settings of tracing' }, ({ model = '' }, body) =>
      trace(objectIn(body), model),
    ),
  ]);
  return [
    smallCall(
      { method: 'GET', path: '/v2/logging', group: 'admin', summary: 'settings of the log', gives: anyObject },
      () => log({}),
    ),
    smallCall({ ...words, path: '/v2/logging', summary: 'changes settings of the log' }, (_params, body) =>
      log(objectIn(body)),
    ),
    ...traces,
  ];
}

/** A value in JSON as the message has it; null takes a setting back. */
function logValues(asked: JsonObject): Readonly<Record<string, LogValue>> {
  return Object.fromEntries(Object.entries(asked).map(([key, value]) => [key, logValue(key, value)]));
}

function logValue(key: string, value: unknown): LogValue {
  if (value === null) return {};
  if (typeof value === 'boolean') return { parameter_choice: 'bool_param', bool_param: value };
  if (typeof value === 'string') return { parameter_choice: 'string_param', string_param: value };
  if (Number.isSafeInteger(value) && (value as number) >= 0)
    return { parameter_choice: 'uint32_param', uint32_param: value as number };
  return refuse(`setting ${JSON.stringify(key.slice(0, 100))}`, 'want true, false, a whole number or a string');
}

function plainLog(settings: Readonly<Record<string, LogValue>>): object {
  const plain = ({ bool_param: flag, uint32_param: count, string_param: text }: LogValue): unknown =>
    flag ?? count ?? text;
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, plain(value)]));
}

function traceValues(asked: JsonObject): Readonly<Record<string, TraceValue>> {
  return Object.fromEntries(Object.entries(asked).map(([key, value]) => [key, { value: textsOf(key, value) }]));
}

function textsOf(key: string, value: unknown): readonly string[] {
  if (value === null) return [];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.every((one) => typeof one === 'string')) return values as readonly string[];
  return refuse(`setting ${JSON.stringify(key.slice(0, 100))}`, 'want a string, an array of them or null');
}

/** Levels are a list, everything else one text, as Triton has it. */
function plainTrace(settings: Readonly<Record<string, TraceValue>>): object {
  const plain = ([key, { value }]: readonly [string, TraceValue]): readonly [string, unknown] => [
    key,
    key === 'trace_level' ? value : (value[0] ?? ''),
  ];
  return Object.fromEntries(Object.entries(settings).map(plain));
}
