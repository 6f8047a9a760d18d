// Failures of a command that are the user's to mend: their message says all, no stack is printed.

/** Something the command works on is wrong: a file, a server, a value in it. */
export class CommandFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandFailure';
  }
}

/** The command line itself is wrong. */
export class UsageError extends CommandFailure {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
