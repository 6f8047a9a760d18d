// Runs the methods of servables: what the dispatcher asks for requests that name one.

import { ServingError } from '../errors.ts';
import type { Exchange, MethodRunner, StageRunner } from '../inference/exchange.ts';
import type { Lease } from '../model/served.ts';
import { quote } from '../util/text.ts';
import { ChainRun } from './chain.ts';
import { StageSet } from './stage-set.ts';

/** Runs methods over the stages of the version that is leased. */
export const methodRunner: MethodRunner = {
  run: (exchange: Exchange, lease: Lease, name: string, runner: StageRunner, ended: () => void): void => {
    const { model } = lease;
    const set = model.stages;
    const served = set?.methods.find((method) => method.name === name);
    if (served?.refused !== undefined)
      throw new ServingError('UNSUPPORTED', `method ${quote(name)} is not available: ${served.refused}`);
    const method = set instanceof StageSet ? set.method(name) : undefined;
    if (!(set instanceof StageSet) || method === undefined) {
      const known = (set?.methods ?? []).filter(({ refused }) => refused === undefined).map((own) => quote(own.name));
      throw new ServingError(
        'NOT_FOUND',
        `${model.name}: no method ${quote(name)}, known are ${known.join(', ') || 'none'}`,
      );
    }
    new ChainRun({ exchange, lease, set, method, runner, ended }).start();
  },
};
