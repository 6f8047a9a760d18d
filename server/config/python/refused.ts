/** Why something of a servable_config.py cannot be served, with its line. */
export class Refused extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}
