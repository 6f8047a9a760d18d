// grpc.health.v1: Check, and Watch with a list of watches of our own, so that a drain can tell them and end them; a watch
// left open would keep the server from stopping.

import { ServingError } from '../errors.ts';
import type { Readiness } from '../inference/readiness.ts';
import { quote } from '../util/text.ts';
import type { MessageStream, Protocol } from './protocol.ts';
import { methodOf } from './protos.ts';
import { parseMessage, SMALL_MESSAGE } from './small-message.ts';

const SERVICE = 'grpc.health.v1.Health';

interface Watch {
  readonly service: string;
  readonly stream: MessageStream;
  last: string;
}

export class HealthProtocol implements Protocol {
  readonly name = 'health';
  readonly methods: Protocol['methods'];
  readonly #readiness: Readiness;
  readonly #watches = new Set<Watch>();

  constructor(readiness: Readiness) {
    this.#readiness = readiness;
    const check = methodOf(SERVICE, 'Check');
    const watch = methodOf(SERVICE, 'Watch');
    this.methods = [
      { path: check.path, group: 'health', maxBytes: SMALL_MESSAGE, handle: (message) => this.#check(message) },
      { path: watch.path, group: 'health', open: (message, stream) => this.#open(message, stream) },
    ];
    readiness.subscribe(() => this.#announce());
  }

  /** Watches open now. */
  get watches(): number {
    return this.#watches.size;
  }

  /** Tells every watch the last status and ends it. */
  endWatches(): void {
    this.#announce();
    for (const watch of this.#watches) watch.stream.end();
    this.#watches.clear();
  }

  #check(message: Buffer): Buffer {
    const service = readService(message);
    const health = this.#readiness.healthOf(service);
    if (health === undefined) throw new ServingError('NOT_FOUND', `no servable ${quote(service)}`);
    return encodeStatus(statusOf(health));
  }

  #open(message: Buffer, stream: MessageStream): void {
    const watch: Watch = { service: readService(message), stream, last: '' };
    this.#tell(watch);
    if (this.#readiness.draining) {
      stream.end();
      return;
    }
    this.#watches.add(watch);
    stream.onCancelled(() => this.#watches.delete(watch));
  }

  #announce(): void {
    for (const watch of this.#watches) this.#tell(watch);
  }

  #tell(watch: Watch): void {
    const status = statusOf(this.#readiness.healthOf(watch.service));
    if (status === watch.last) return;
    watch.last = status;
    watch.stream.send(encodeStatus(status));
  }
}

function statusOf(health: boolean | undefined): string {
  if (health === undefined) return 'SERVICE_UNKNOWN';
  return health ? 'SERVING' : 'NOT_SERVING';
}

function readService(message: Buffer): string {
  return parseMessage<{ service: string }>(methodOf(SERVICE, 'Check'), message).service;
}

function encodeStatus(status: string): Buffer {
  return methodOf(SERVICE, 'Check').responseSerialize({ status });
}
