// What is the same of every call, whatever port it came to.

import type { Account } from '../inference/account.ts';
import type { Cancellation } from '../inference/request.ts';

/** What a method sees of the call it answers. */
export interface Call extends Cancellation {
  /** What is known of the call for those who count; the method writes down what it learns. */
  readonly account: Account;
  /** When the caller stops waiting, in milliseconds of performance.now(); Infinity when it waits for ever. */
  readonly deadlineAt: number;
  readonly peer: string;
  /** Adds a piece of trailing metadata; the key is lower case, the value printable ASCII, or a function called when the reply is out. */
  trailer(key: string, value: string | (() => string)): void;
}
