// The one table of error codes. Everything that can go wrong has a row here; the row decides how the failure looks
// to a gRPC caller, to an HTTP caller and in the log. native/base/status.h spells the same names, but for those of keys, which it does not know.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Whether repeating the same request can help: `caller` = only with a longer deadline, `later` = after a pause. */
export type Retry = 'no' | 'yes' | 'caller' | 'maybe' | 'later' | 'never-asked';

export interface CodeEntry {
  /** What the code means, for docs/ERRORS.md. */
  readonly meaning: string;
  /** Canonical gRPC status number (INTERNAL for codes that never reach a caller). */
  readonly grpc: number;
  readonly http: number;
  readonly retry: Retry;
  readonly log: LogLevel;
  /** False where the caller sees only the code: the cause is for the log. */
  readonly shown: boolean;
}

export type ErrorCode =
  | 'INVALID_ARGUMENT'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'NOT_READY'
  | 'OVERLOADED'
  | 'TOO_LARGE'
  | 'DEADLINE_EXCEEDED'
  | 'CANCELLED'
  | 'INVALID_MODEL'
  | 'UNSUPPORTED'
  | 'ENGINE_FAILED'
  | 'STAGE_FAILED'
  | 'OUT_OF_MEMORY'
  | 'INVALID_CONFIG'
  | 'INTERNAL';

/** Code table, in the order in which docs/ERRORS.md prints it. */
export const CODES: Readonly<Record<ErrorCode, CodeEntry>> = {
  INVALID_ARGUMENT: {
    meaning: 'the request contradicts the signature',
    grpc: 3,
    http: 400,
    retry: 'no',
    log: 'debug',
    shown: true,
  },
  UNAUTHENTICATED: {
    meaning: 'no key, or none that holds',
    grpc: 16,
    http: 401,
    retry: 'no',
    log: 'info',
    shown: true,
  },
  PERMISSION_DENIED: {
    meaning: 'the key is not for this servable or for such calls',
    grpc: 7,
    http: 403,
    retry: 'no',
    log: 'info',
    shown: true,
  },
  NOT_FOUND: {
    meaning: 'no such servable, version or method',
    grpc: 5,
    http: 404,
    retry: 'no',
    log: 'debug',
    shown: true,
  },
  NOT_READY: {
    meaning: 'known, but loading, draining or failed',
    grpc: 14,
    http: 503,
    retry: 'yes',
    log: 'info',
    shown: true,
  },
  OVERLOADED: { meaning: 'an admission limit is reached', grpc: 14, http: 503, retry: 'yes', log: 'warn', shown: true },
  TOO_LARGE: { meaning: 'the message is over the limit', grpc: 8, http: 413, retry: 'no', log: 'info', shown: true },
  DEADLINE_EXCEEDED: {
    meaning: 'expired in the queue or before',
    grpc: 4,
    http: 504,
    retry: 'caller',
    log: 'debug',
    shown: true,
  },
  CANCELLED: { meaning: 'the caller went away', grpc: 1, http: 499, retry: 'never-asked', log: 'debug', shown: true },
  INVALID_MODEL: {
    meaning: 'malformed or inconsistent model file',
    grpc: 9,
    http: 422,
    retry: 'no',
    log: 'error',
    shown: true,
  },
  UNSUPPORTED: { meaning: 'valid, but not implemented', grpc: 12, http: 501, retry: 'no', log: 'warn', shown: true },
  ENGINE_FAILED: {
    meaning: 'an engine refused or broke',
    grpc: 13,
    http: 500,
    retry: 'maybe',
    log: 'error',
    shown: false,
  },
  // A stage is JavaScript's alone; native code has no such code.
  STAGE_FAILED: {
    meaning: "a function of a servable's method broke, or gave what it must not",
    grpc: 13,
    http: 500,
    retry: 'maybe',
    log: 'error',
    shown: false,
  },
  OUT_OF_MEMORY: {
    meaning: 'host or device memory is exhausted',
    grpc: 8,
    http: 503,
    retry: 'later',
    log: 'error',
    shown: true,
  },
  INVALID_CONFIG: {
    meaning: 'a configuration is wrong, at start or reload',
    grpc: 13,
    http: 500,
    retry: 'no',
    log: 'error',
    shown: true,
  },
  INTERNAL: { meaning: 'a bug', grpc: 13, http: 500, retry: 'no', log: 'error', shown: false },
};

/** True for a key of the table; use it on codes that come from native code. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(CODES, code);
}

/** What callers bring about, in floods: a stack says nothing of it, and taking one costs as much as all the rest of a refusal. */
const stackless: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NOT_FOUND',
  'NOT_READY',
  'OVERLOADED',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
]);

/** The error every part of the server throws on purpose. Messages start with the place and end without a full stop. */
export class ServingError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    const depth = Error.stackTraceLimit;
    if (stackless.has(code)) Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = depth;
    this.name = 'ServingError';
    this.code = code;
  }

  /** The same error with a place put in front: `lenet/3: …`. */
  with(place: string): ServingError {
    return new ServingError(this.code, `${place}: ${this.message}`, { cause: this.cause ?? this });
  }
}

/** Turns anything caught into a ServingError: native errors keep their code, everything else is INTERNAL. */
export function toServingError(caught: unknown): ServingError {
  if (caught instanceof ServingError) return caught;
  if (typeof caught === 'object' && caught !== null) {
    const { code, message } = caught as { readonly code?: unknown; readonly message?: unknown };
    const text = typeof message === 'string' ? message : 'no message';
    return new ServingError(isErrorCode(code) ? code : 'INTERNAL', text, { cause: caught });
  }
  return new ServingError('INTERNAL', String(caught), { cause: caught });
}

/** What the caller may read of an error: its own mistakes in full, the server's by code only. */
export function callerMessage(error: ServingError): string {
  return CODES[error.code].shown ? error.message : `${error.code}: the server failed, its log has the cause`;
}
