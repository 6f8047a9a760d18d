// What runs methods, where the code for it is loaded with the first servable that has some.

import { ServingError } from '../errors.ts';
import { quote } from '../util/text.ts';
import type { MethodRunner } from './exchange.ts';

export class LateMethods implements MethodRunner {
  #runner: MethodRunner | undefined;

  /** From now on methods are run by this. */
  use(runner: MethodRunner): void {
    this.#runner = runner;
  }

  readonly run: MethodRunner['run'] = (exchange, lease, method, runner, ended) => {
    if (this.#runner !== undefined) return this.#runner.run(exchange, lease, method, runner, ended);
    throw new ServingError('NOT_FOUND', `${lease.model.name}: no method ${quote(method)}, known are none`);
  };
}
