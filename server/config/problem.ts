// One thing wrong with a configuration, and the error that carries all of them.

import { ServingError } from '../errors.ts';

export interface Problem {
  /** File, `environment` or `command line`. */
  readonly source: string;
  /** Line in the file, counted from 1; 0 where there is no line. */
  readonly line: number;
  /** Dotted key path; '' when the problem is not one field's. */
  readonly path: string;
  readonly message: string;
}

/** `mindird.yaml:7: server.grpc: found 5, want …` */
export function describeProblem(problem: Problem): string {
  const place = problem.line > 0 ? `${problem.source}:${problem.line}` : problem.source;
  return problem.path === '' ? `${place}: ${problem.message}` : `${place}: ${problem.path}: ${problem.message}`;
}

/** A configuration that was refused, with everything that is wrong with it. */
export class ConfigError extends ServingError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('INVALID_CONFIG', problems.map(describeProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
