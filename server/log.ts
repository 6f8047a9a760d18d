// The log: pino, one JSON object a line, with a closed set of keys. `event` is a stable dotted name; everything else says
// what it happened to. Native code logs through events that are drained into the same logger.

import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';
import type { NativeEvent } from './native/binding-types.ts';

/** Every key a line may have beside time, level and event. */
export interface LogKeys {
  readonly model?: string;
  readonly version?: string;
  readonly engine?: string;
  /** The engine that runs what `engine` could not build. */
  readonly to?: string;
  /** The precision asked for, and what each engine made of it. */
  readonly precision?: string;
  readonly used?: string;
  readonly partition?: string | number;
  readonly method?: string;
  readonly protocol?: string;
  readonly request_id?: string;
  readonly peer?: string;
  readonly code?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly path?: string;
  readonly line?: number;
  readonly key?: string;
  readonly duration_ms?: number;
  readonly queue_ms?: number;
  readonly compute_ms?: number;
  readonly receive_ms?: number;
  readonly decode_ms?: number;
  readonly copy_ms?: number;
  readonly encode_ms?: number;
  readonly send_ms?: number;
  readonly trace_id?: string;
  readonly batch?: number;
  readonly bytes?: number;
  readonly bytes_in?: number;
  readonly bytes_out?: number;
  readonly count?: number;
  readonly subgraph?: number;
  readonly subgraphs?: number;
  readonly fraction?: number;
  readonly step?: string;
  readonly result?: string;
  readonly signal?: string;
  readonly pid?: number;
}

/** The names of LogKeys, for lines that come from native code. */
export const logKeys: readonly (keyof LogKeys)[] = [
  'model',
  'version',
  'engine',
  'to',
  'precision',
  'used',
  'partition',
  'method',
  'protocol',
  'request_id',
  'peer',
  'code',
  'error',
  'cause',
  'path',
  'line',
  'key',
  'duration_ms',
  'queue_ms',
  'compute_ms',
  'receive_ms',
  'decode_ms',
  'copy_ms',
  'encode_ms',
  'send_ms',
  'trace_id',
  'batch',
  'bytes',
  'bytes_in',
  'bytes_out',
  'count',
  'subgraph',
  'subgraphs',
  'fraction',
  'step',
  'result',
  'signal',
  'pid',
];

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevelName = (typeof logLevels)[number];

/** True for a level the log has. */
export function isLogLevel(text: unknown): text is LogLevelName {
  return logLevels.some((level) => level === text);
}

/** What parts of the server log with. */
export interface Log {
  debug(event: string, keys?: LogKeys): void;
  info(event: string, keys?: LogKeys): void;
  warn(event: string, keys?: LogKeys): void;
  error(event: string, keys?: LogKeys): void;
}

function standardError(): DestinationStream {
  const destination = pino.destination({ fd: 2, sync: true });
  // A reader that went away must not take the server with it.
  destination.on('error', () => undefined);
  return destination;
}

export class ServerLog implements Log {
  readonly #logger: Logger;

  /** Writes to standard error unless another destination is given; standard output is for what a command prints. */
  constructor(level: LogLevelName, destination?: DestinationStream) {
    this.#logger = pino(
      {
        base: null,
        level,
        messageKey: 'event',
        formatters: { level: (label) => ({ level: label }) },
        timestamp: pino.stdTimeFunctions.isoTime,
      },
      destination ?? standardError(),
    );
  }

  get level(): LogLevelName {
    return isLogLevel(this.#logger.level) ? this.#logger.level : 'info';
  }

  set level(level: LogLevelName) {
    this.#logger.level = level;
  }

  debug(event: string, keys: LogKeys = {}): void {
    this.#logger.debug(keys, event);
  }

  info(event: string, keys: LogKeys = {}): void {
    this.#logger.info(keys, event);
  }

  warn(event: string, keys: LogKeys = {}): void {
    this.#logger.warn(keys, event);
  }

  error(event: string, keys: LogKeys = {}): void {
    this.#logger.error(keys, event);
  }

  /** Writes an event of native code, keeping only known keys. */
  native(event: NativeEvent): void {
    const known = logKeys.filter((key) => event[key] !== undefined).map((key) => [key, event[key]] as const);
    this.#logger[event.level]?.({ ...Object.fromEntries(known), ...splitLabel(event['model']) }, event.event);
  }
}

/** Native code knows a model by its label, `name/version`. */
function splitLabel(label: unknown): LogKeys {
  const [, model, version] = typeof label === 'string' ? (/^(.+)\/(\d+)$/.exec(label) ?? []) : [];
  return model === undefined || version === undefined ? {} : { model, version };
}
