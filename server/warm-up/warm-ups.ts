// Recorded requests that a version answers before it is ready: each file warmup/NAME.pb of its folder is a ModelInferRequest as bytes.
// They are no calls: nothing counts them, and nobody gets the replies. One that fails fails the load. The samples of model_warmup in a config.pbtxt are
// run behind them, with their files in the folder warmup of the servable.

import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { WarmUpSample } from '../config/triton/warm-up.ts';
import { ServingError, toServingError } from '../errors.ts';
import { Account } from '../inference/account.ts';
import type { Dispatcher } from '../inference/dispatch.ts';
import type { Exchange } from '../inference/exchange.ts';
import type { AnyTensor } from '../inference/request.ts';
import type { Log } from '../log.ts';
import type { ServedModel } from '../model/served.ts';
import { quote } from '../util/text.ts';
import { sampleInputs } from './sample.ts';

/** Most requests of one version. */
const mostRequests = 100;

const nothing = (): void => undefined;

export class WarmUps {
  readonly #log: Pick<Log, 'info'>;
  readonly #maxMessage: number;
  #give!: (dispatcher: Pick<Dispatcher, 'stage'>) => void;
  readonly #dispatcher = new Promise<Pick<Dispatcher, 'stage'>>((resolve) => {
    this.#give = resolve;
  });

  /** maxMessage: longest request in bytes. */
  constructor(log: Pick<Log, 'info'>, maxMessage: number) {
    this.#log = log;
    this.#maxMessage = maxMessage;
  }

  /** From now on requests can run; versions with recorded ones wait for it. */
  use(dispatcher: Pick<Dispatcher, 'stage'>): void {
    this.#give(dispatcher);
  }

  /** Runs the requests of a version in the order of their names, one after another, and then the samples. Throws what makes one fail, with its place. */
  async run(served: ServedModel, folder: string, samples: readonly WarmUpSample[] = []): Promise<void> {
    const files = await requestsIn(path.join(folder, 'warmup'));
    if (files.length + samples.length === 0) return;
    const start = performance.now();
    const dispatcher = await this.#dispatcher;
    const label = `${served.name}/${served.version}`;
    for (const file of files)
      await placed(`${label}: warmup/${path.basename(file)}`, async () =>
        answer(dispatcher, served, await this.#read(file)),
      );
    for (const sample of samples)
      await placed(`${label}: model_warmup ${quote(sample.name)}`, async () => {
        const inputs = await sampleInputs(sample, path.join(path.dirname(folder), 'warmup'), this.#maxMessage);
        for (let run = 0; run < sample.count; run++) await answer(dispatcher, served, requestOf(inputs));
      });
    this.#log.info('model.warmed', {
      model: served.name,
      version: served.version,
      count: samples.reduce((sum, { count }) => sum + count, files.length),
      duration_ms: Math.round(performance.now() - start),
    });
  }

  async #read(file: string): Promise<Exchange['request']> {
    const { size } = await stat(file);
    if (size > this.#maxMessage)
      throw new ServingError('TOO_LARGE', `has ${size} bytes, the limit is ${this.#maxMessage} (server.max_message)`);
    const { decodeInfer } = await import('../protocol/open-inference/codec-decode.ts');
    const { method, inputs, outputs } = decodeInfer(await readFile(file), this.#maxMessage);
    if (method !== '') throw new ServingError('UNSUPPORTED', 'names a method, want a request of the model');
    return requestOf(inputs, outputs);
  }
}

function requestOf(inputs: readonly AnyTensor[], outputs?: readonly string[]): Exchange['request'] {
  return { model: '', version: '', id: '', inputs, outputs, timeoutUs: 0, priority: 0, cancellation: undefined };
}

/** Adds the place to what `run` rejects with. */
async function placed(place: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (caught) {
    throw toServingError(caught).with(place);
  }
}

/** Files that end in .pb, sorted; none where there is no such folder. */
async function requestsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((caught: NodeJS.ErrnoException) => {
    if (caught.code === 'ENOENT' || caught.code === 'ENOTDIR') return [];
    throw new ServingError('INVALID_MODEL', `${folder}: ${caught.message}`);
  });
  const own = names.filter((name) => name.endsWith('.pb')).sort();
  if (own.length > mostRequests)
    throw new ServingError('INVALID_MODEL', `${folder}: has ${own.length} requests, the limit is ${mostRequests}`);
  return own.map((name) => path.join(folder, name));
}

/** Resolves when the version has answered; rejects with its failure. */
function answer(
  dispatcher: Pick<Dispatcher, 'stage'>,
  served: ServedModel,
  request: Exchange['request'],
): Promise<void> {
  const metrics = { statistics: served.statistics, executed: nothing, inFlight: nothing };
  const model: ServedModel = { ...served, report: () => undefined, metrics };
  return new Promise((resolve, reject) => {
    const exchange: Exchange = {
      request,
      account: new Account(performance.now()),
      place: () => undefined,
      finish: () => resolve(),
      fail: reject,
      release: nothing,
    };
    dispatcher.stage(exchange, { model, release: nothing });
  });
}
