// MindSpore Serving's protocol: one call.

import type { ExchangeMethod, Protocol } from '../protocol.ts';
import { predictMethod } from './messages.ts';
import { Predict, type PredictParts } from './predict.ts';

/** Builds the protocol over the parts it answers from. */
export function mindsporeServing(parts: PredictParts): Protocol {
  const predict: ExchangeMethod = {
    path: predictMethod.path,
    group: 'infer',
    exchange: (message, call) => new Predict(message, call, parts).run(),
  };
  return { name: 'mindspore-serving', methods: [predict] };
}
