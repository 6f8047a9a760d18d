// ModelInfer: bytes → InferRequest → dispatch → bytes, with one allocation for the response.

import { ServingError, toServingError } from '../../errors.ts';
import { remainingUs } from '../../inference/deadline.ts';
import type { Dispatcher } from '../../inference/dispatch.ts';
import type { Call } from '../protocol.ts';
import { decodeInfer } from './codec-decode.ts';
import { ResponseWriter, timesText } from './codec-encode.ts';

const now = (): number => performance.now();

/** Answers one ModelInfer call; maxMessage bounds the response and what typed contents may grow to. */
export function modelInfer(dispatcher: Dispatcher, maxMessage: number, message: Buffer, call: Call): Promise<Buffer> {
  const { wantTimes, timeoutUs, ...decoded } = decodeInfer(message, maxMessage);
  const writer = new ResponseWriter(decoded.id, wantTimes, maxMessage);
  const request = {
    model: decoded.model,
    version: decoded.version,
    id: decoded.id,
    inputs: decoded.inputs,
    outputs: decoded.outputs,
    priority: decoded.priority,
    timeoutUs: remainingUs(call.deadlineMs, timeoutUs, Date.now()),
    cancellation: call,
    receivedAt: call.receivedAt,
  };
  const answer = dispatcher.infer(
    request,
    (reply) => {
      if (wantTimes) call.trailer('mindird-times', timesText(reply.times(now())));
      return writer.finish(reply, now);
    },
    (model, specs) => writer.place(model, specs),
  );
  return answer.catch(rethrow);
}

/** The one text clients are known to look for. */
export function rethrow(caught: unknown): never {
  const error = toServingError(caught);
  if (error.code !== 'NOT_FOUND') throw error;
  throw new ServingError('NOT_FOUND', `Request for unknown model: ${error.message}`, { cause: error });
}
