// MindSpore Serving's protocol: one call, over gRPC and over HTTP.

import { ServingError } from '../../errors.ts';
import type { Exchanged, ExchangeMethod, Protocol } from '../protocol.ts';
import { parseMessage } from '../small-message.ts';
import { failureOf, noFailure } from './failure.ts';
import { type InstanceMessage, type PredictRequest, predictMethod, type ServableSpec } from './messages.ts';
import { type MindsporeServingParts, Predict, type Predicted } from './predict.ts';
import { restRoutes } from './rest.ts';

const empty: InstanceMessage = { items: {} };
const noSpec: ServableSpec = { name: '', method_name: '', version_number: 0 };

/** Builds the protocol over the parts it answers from. */
export function mindsporeServing(parts: MindsporeServingParts): Protocol {
  const predict: ExchangeMethod = {
    path: predictMethod.path,
    group: 'infer',
    exchange: (message, call) => run(message, call, parts),
  };
  return { name: 'mindspore-serving', methods: [predict], routes: restRoutes(parts) };
}

/** Throws INVALID_ARGUMENT for a message that is none. */
function run(message: Buffer, call: Exchanged, parts: MindsporeServingParts): void {
  const request = parseMessage<PredictRequest>(predictMethod, message);
  const spec = request.servable_spec ?? noSpec;
  const { instances, instances_before_1_3: before } = request;
  const asked = { spec, instances: instances.length > 0 ? instances : before };
  new Predict(asked, call, parts, (predicted) => reply(spec, predicted, call, parts)).run();
}

function reply(spec: ServableSpec, predicted: Predicted, call: Exchanged, { maxMessage }: MindsporeServingParts): void {
  const message = predictMethod.responseSerialize({ servable_spec: spec, ...fieldsOf(predicted) });
  if (message.length <= maxMessage) call.reply(message);
  else {
    const limit = `the limit is ${maxMessage} bytes (server.max_message)`;
    call.fail(new ServingError('TOO_LARGE', `the reply has ${message.length} bytes, ${limit}`));
  }
  call.release();
}

/** No failure is told by no entry, that of the whole by one without instances, those of some by one for each instance. */
function fieldsOf(predicted: Predicted): object {
  if (predicted instanceof ServingError) return { instances: [], error_msg: [failureOf(predicted)] };
  const isWell = predicted.every((answer) => !(answer instanceof ServingError));
  const failures = predicted.map((answer) => (answer instanceof ServingError ? failureOf(answer) : noFailure));
  return {
    instances: predicted.map((answer) => (answer instanceof ServingError ? empty : answer)),
    error_msg: isWell ? [] : failures,
  };
}
