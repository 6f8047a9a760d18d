// How failures are told: a number and a text in the reply.

import { callerMessage, type ErrorCode, ServingError } from '../../errors.ts';
import { quote } from '../../util/text.ts';
import type { ErrorMessage } from './messages.ts';

const SUCCESS = 0;
const FAILED = 1;
const INVALID_INPUTS = 2;
const SYSTEM_ERROR = 3;
const SERVABLE_UNAVAILABLE = 5;

const NUMBERS: ReadonlyMap<ErrorCode, number> = new Map([
  ['INVALID_ARGUMENT', INVALID_INPUTS],
  ['NOT_FOUND', INVALID_INPUTS],
  ['UNSUPPORTED', INVALID_INPUTS],
  ['TOO_LARGE', INVALID_INPUTS],
  ['NOT_READY', SERVABLE_UNAVAILABLE],
  ['PERMISSION_DENIED', FAILED],
  ['OVERLOADED', FAILED],
  ['DEADLINE_EXCEEDED', FAILED],
  ['CANCELLED', FAILED],
]);

/** Stands for an instance that went well among others that did not. */
export const noFailure: ErrorMessage = { error_code: SUCCESS, error_msg: Buffer.alloc(0) };

/** A failure as the reply has it. */
export function failureOf(error: ServingError): ErrorMessage {
  return {
    error_code: NUMBERS.get(error.code) ?? SYSTEM_ERROR,
    error_msg: Buffer.from(callerMessage(error), 'utf8'),
  };
}

/** The text that MindSpore Serving has for a servable it does not serve. */
export function notAvailable(name: string, error: ServingError): ServingError {
  if (error.code !== 'NOT_FOUND' && error.code !== 'NOT_READY') return error;
  return new ServingError(error.code, `servable ${quote(name)} is not available: ${error.message}`, { cause: error });
}
