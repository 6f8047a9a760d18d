// Takes from finished streams what they hold.
//
// V8's young collections keep finished HTTP/2 streams (Node.js 24; each is found dead by the next full collection alone), and with each its
// listeners, the call behind them and two stream states: kilobytes a call that are copied twice, moved to the old generation and bring the
// full collection nearer. A stream that ended well is never looked at again, so it is left with the fields of one that ended before:
// it still says that it is closed and destroyed, and has a listener for errors.

import type { ServerHttp2Stream } from 'node:http2';

type Fields = Record<PropertyKey, unknown>;

const nothing = (): void => {};

export class SpentStreams {
  #spent: ServerHttp2Stream[] = [];
  readonly #empty = (): void => this.#emptyAll();
  /** Fields of the first stream that ended. */
  #model: { readonly names: readonly PropertyKey[]; readonly values: readonly unknown[] } | undefined;

  /** `stream` was answered to its end, has told that it is closed, and nobody adds a listener any more. It is emptied after the turn. */
  add(stream: ServerHttp2Stream): void {
    if (this.#spent.push(stream) === 1) setImmediate(this.#empty);
  }

  #emptyAll(): void {
    const spent = this.#spent;
    this.#spent = [];
    for (const stream of spent) {
      this.#model ??= modelOf(stream);
      const { names, values } = this.#model;
      const fields = stream as unknown as Fields;
      for (let at = 0; at < names.length; at++) fields[names[at] as PropertyKey] = values[at];
    }
  }
}

/** Fields with references, and what a stream without use has in them. */
function modelOf(stream: ServerHttp2Stream): { readonly names: PropertyKey[]; readonly values: unknown[] } {
  stream.removeAllListeners();
  stream.on('error', nothing);
  const fields = stream as unknown as Fields;
  const names = Reflect.ownKeys(stream).filter((name) => !isPlain(fields[name]) || name === '_eventsCount');
  // The first stream's connection, and its own end in the library, are not to stay as long as its fields.
  const { session } = stream;
  const isTie = (name: PropertyKey): boolean => fields[name] === session || String(name) === 'Symbol(kHandle)';
  return { names, values: names.map((name) => (isTie(name) ? undefined : fields[name])) };
}

const isPlain = (value: unknown): boolean => value === null || ['number', 'string', 'boolean'].includes(typeof value);
