// MindSpore Serving over HTTP: POST /model/NAME[/version/N]:METHOD with instances in JSON. As its server does, every answer has the status
// 200, and failures are told in the body: that of the whole as {"error_msg"}, those of some instances in their places.

import { callerMessage, ServingError, toServingError } from '../../errors.ts';
import type { ModelDirectory } from '../../model/served.ts';
import { quote } from '../../util/text.ts';
import { type HttpCallRoute, type HttpExchanged, type JsonSchema, jsonLine } from '../http-route.ts';
import { asObject } from '../json/fields.ts';
import { exactJson, jsonText } from '../json/json.ts';
import { notAvailable } from './failure.ts';
import type { InstanceMessage, ServableSpec } from './messages.ts';
import { type AskedPredict, type MindsporeServingParts, Predict, type Predicted } from './predict.ts';
import { instanceText } from './rest-reply.ts';
import { readTensor, type WantedType } from './rest-value.ts';
import { methodNamed } from './signature.ts';

type Params = Readonly<Record<string, string>>;

/** Most instances of a call. */
const mostInstances = 10_000;

const takes: JsonSchema = {
  type: 'object',
  required: ['instances'],
  properties: { instances: { type: ['object', 'array'] } },
};
const gives: JsonSchema = {
  type: 'object',
  properties: { instances: { type: 'array' }, error_msg: { type: 'string' } },
};

/** The two routes: with the highest version, and with a version by its number. */
export function restRoutes(parts: MindsporeServingParts): readonly HttpCallRoute[] {
  return ['/model/:call', '/model/:model/version/:call'].map((path) => ({
    method: 'POST',
    path,
    summary: 'inference as MindSpore Serving has it; :call is NAME:METHOD, or NUMBER:METHOD behind a version',
    takes,
    gives,
    about: (params) => nameOf(params),
    exchange: (body, call) => run(body, call, parts),
  }));
}

function nameOf({ model, call = '' }: Params): string {
  return model ?? splitCall(call)[0];
}

function splitCall(call: string): readonly [before: string, method: string] {
  const colon = call.lastIndexOf(':');
  return colon < 0 ? [call, ''] : [call.slice(0, colon), call.slice(colon + 1)];
}

function specOf(params: Params): ServableSpec {
  const { model, call = '' } = params;
  const [before, method] = splitCall(call);
  if (method === '') throw new ServingError('INVALID_ARGUMENT', `path: ${quote(call)} has no :METHOD`);
  const number = model === undefined ? '0' : before;
  if (!/^(0|[1-9]\d{0,9})$/.test(number) || Number(number) >= 2 ** 32 - 1)
    throw new ServingError('INVALID_ARGUMENT', `path: version is ${quote(number)}, want a number below 2^32 - 1`);
  return { name: nameOf(params), method_name: method, version_number: Number(number) };
}

function run(body: Buffer, call: HttpExchanged, parts: MindsporeServingParts): void {
  call.account.servable = nameOf(call.params);
  const answer = (predicted: Predicted): void => {
    call.answer({ status: 200, type: 'application/json', body: replyText(predicted, call, parts.maxMessage) });
    call.release();
  };
  let asked: AskedPredict;
  try {
    asked = readRequest(body, specOf(call.params), parts.models);
  } catch (caught) {
    const error = notAvailable(nameOf(call.params), toServingError(caught));
    call.account.failure = error;
    return answer(error);
  }
  new Predict(asked, call, parts, answer).run();
}

function readRequest(body: Buffer, spec: ServableSpec, models: ModelDirectory): AskedPredict {
  const { instances } = asObject(exactJson(jsonText(body)), 'request JSON');
  const list: readonly unknown[] = Array.isArray(instances) ? instances : [instances];
  if (instances === undefined || list.length === 0)
    throw new ServingError('INVALID_ARGUMENT', 'instances: none, want at least one');
  if (list.length > mostInstances)
    throw new ServingError('INVALID_ARGUMENT', `instances: ${list.length}, want at most ${mostInstances}`);
  const typeOf = wantedTypes(spec, models);
  return { spec, instances: list.map((instance, i) => readInstance(instance, i, typeOf)) };
}

function readInstance(
  instance: unknown,
  index: number,
  typeOf: (name: string) => WantedType,
): InstanceMessage | ServingError {
  try {
    const items = Object.entries(asObject(instance, `instances[${index}]`));
    return { items: Object.fromEntries(items.map(([name, value]) => [name, readTensor(name, value, typeOf(name))])) };
  } catch (caught) {
    return toServingError(caught);
  }
}

/** The element types that a method wants, which numbers in JSON are read as. Throws NOT_FOUND, NOT_READY or UNSUPPORTED. */
function wantedTypes(spec: ServableSpec, models: ModelDirectory): (name: string) => WantedType {
  const lease = models.lease(spec.name, spec.version_number === 0 ? '' : String(spec.version_number));
  try {
    const { signature, inputs } = methodNamed(lease.model, spec.method_name);
    const types = new Map<string, WantedType>(
      signature === undefined
        ? lease.model.signature.inputs.map((input, i) => [inputs[i] ?? input.name, input.dtype])
        : signature.inputs.map(({ name, dtype }) => [name, dtype]),
    );
    return (name) => types.get(name) ?? null;
  } finally {
    lease.release();
  }
}

function errorText(error: ServingError): string {
  return JSON.stringify({ error_msg: callerMessage(error) });
}

function replyText(predicted: Predicted, { account }: HttpExchanged, maxMessage: number): string {
  if (predicted instanceof ServingError) return errorText(predicted);
  const texts = predicted.map((answer) => {
    try {
      return answer instanceof ServingError ? errorText(answer) : instanceText(answer);
    } catch (caught) {
      const error = toServingError(caught);
      account.failure ??= error;
      return errorText(error);
    }
  });
  const text = `{"instances":[${texts.join(',')}]}`;
  if (Buffer.byteLength(text) <= maxMessage) return text;
  const limit = `the limit is ${maxMessage} bytes (server.max_message)`;
  account.failure = new ServingError('TOO_LARGE', `the reply has ${Buffer.byteLength(text)} bytes, ${limit}`);
  return String(jsonLine({ error_msg: account.failure.message }).body);
}
