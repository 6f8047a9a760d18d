// A servable that is no model: it answers at once with what it was sent, and refuses every third request as a full queue does. A server that has
// just started sends itself some calls of it, so that neither the first caller nor the first overload waits for code to be compiled; everything
// between socket and engine is the real thing.

import { ServingError } from '../errors.ts';
import type { Lease, ModelDirectory, ModelMetrics, ServedModel } from '../model/served.ts';
import type { BatchCompletion, NativeAddon, NativeModel, Signature } from '../native/binding-types.ts';
import { Admission } from './admission.ts';
import { Dispatcher } from './dispatch.ts';

/** Its name and its one tensor. */
export const rehearsed = { name: 'rehearsal', input: 'x', output: 'y', elements: 64 } as const;

const signature: Signature = {
  inputs: [{ name: rehearsed.input, dtype: 'FP32', shape: [-1, rehearsed.elements] }],
  outputs: [{ name: rehearsed.output, dtype: 'FP32', shape: [-1, rehearsed.elements] }],
  batched: true,
};

type Handler = (batch: BatchCompletion) => void;

const nothing = (): void => {};

/** A dispatcher that knows nothing but the rehearsal. */
export function rehearsalDispatcher(): Dispatcher {
  let handler: Handler = nothing;
  const addon: Pick<NativeAddon, 'setCompletionHandler'> = {
    setCompletionHandler: (given) => {
      handler = given;
    },
  };
  const model = rehearsalModel((batch) => handler(batch));
  const lease: Lease = { model, release: nothing };
  const models: ModelDirectory = {
    lease: () => lease,
    versions: () => [],
    versionsOf: () => [],
    absent: () => [],
    failing: () => false,
    settled: () => true,
    subscribe: () => nothing,
  };
  return new Dispatcher(models, new Admission(1), addon);
}

const full = new ServingError('OVERLOADED', 'the queue is full');

function rehearsalModel(complete: Handler): ServedModel {
  let [tickets, asked] = [0, 0];
  const native: Pick<NativeModel, 'submit' | 'cancel'> = {
    submit: (inputs, shapes, outputs) => {
      const ticket = ++tickets;
      const [input] = inputs;
      if (input !== undefined) outputs[0]?.set(input);
      setImmediate(() => complete(completionOf(ticket, shapes)));
      return ticket;
    },
    cancel: () => false,
  };
  const metrics = { executed: nothing, inFlight: nothing } as unknown as ModelMetrics;
  return {
    name: rehearsed.name,
    version: '1',
    native: native as NativeModel,
    signature,
    statistics: metrics.statistics,
    metrics,
    maxBatch: 1,
    maxQueueDelayUs: 0,
    instances: 1,
    preferredBatches: [],
    platform: '',
    methods: [],
    batchDim: true,
    refusal: () => (++asked % 3 === 0 ? full : undefined),
    report: () => ({}),
  };
}

function completionOf(ticket: number, shapes: BatchCompletion['shapes'][number]): BatchCompletion {
  return {
    model: 0,
    rows: 1,
    paddedRows: 1,
    gatherNs: 0,
    computeNs: 0,
    scatterNs: 0,
    dispatchNs: 0,
    toDeviceNs: 0,
    deviceNs: 0,
    toHostNs: 0,
    tickets: [ticket],
    queueNs: [0],
    errors: [null],
    shapes: [shapes],
    buffers: [null],
  };
}
