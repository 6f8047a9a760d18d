// An exchange as a promise, for tests of what runs exchanges: it is accounted for the version it ran on as the transport does
// for a call, and tells when it is released.

import type { ServingError } from '../../server/errors.ts';
import { Account } from '../../server/inference/account.ts';
import type { Dispatcher } from '../../server/inference/dispatch.ts';
import type { Exchange } from '../../server/inference/exchange.ts';
import type { InferReply, InferRequest } from '../../server/inference/request.ts';
import type { RecordedMetrics } from './fake-directory.ts';

export interface ExchangeOptions {
  readonly place?: Exchange['place'];
  /** Told of each failure, with the version it happened in. */
  readonly failed?: (error: ServingError, exchange: Exchange) => void;
}

/** Runs a request; resolves with what `encode` makes of the reply once the exchange is released. */
export function runExchange<T>(
  dispatcher: Dispatcher,
  request: InferRequest,
  encode: (reply: InferReply) => T,
  { place, failed }: ExchangeOptions = {},
): Promise<T> {
  const account = new Account(performance.now());
  account.clock.whole(performance.now());
  return new Promise((resolve, reject) => {
    let settle: (() => void) | undefined;
    const count = (code: string): void => {
      const metrics = account.model?.metrics as RecordedMetrics | undefined;
      metrics?.observe(code, account.clock.times(performance.now()), account.rows);
    };
    const once = (ended: () => void): void => {
      if (settle !== undefined) throw new Error('an exchange ended twice');
      settle = ended;
    };
    const exchange: Exchange = {
      request,
      account,
      place: (model, specs) => place?.(model, specs),
      finish: (reply) => {
        const answer = encode(reply);
        once(() => resolve(answer));
        account.clock.replied(performance.now());
        count('OK');
      },
      fail: (error) => {
        once(() => reject(error));
        count(error.code);
        failed?.(error, exchange);
      },
      release: () => {
        if (settle === undefined) throw new Error('an exchange was released before its end');
        settle();
      },
    };
    dispatcher.run(exchange);
  });
}
