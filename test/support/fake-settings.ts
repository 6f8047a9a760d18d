// Settings of a running server that nothing depends on.

import type { LogLevel } from '../../server/errors.ts';
import type { RunningSettings } from '../../server/protocol/index.ts';

export class FakeSettings implements RunningSettings {
  readonly configuredLogLevel: LogLevel = 'info';
  readonly configuredSampling = 0.01;
  locked: string | undefined;
  level: LogLevel = 'info';
  share: number | undefined = 0.01;

  logLevel(): LogLevel {
    return this.level;
  }

  setLogLevel(level: LogLevel): void {
    this.level = level;
  }

  sampling(): number | undefined {
    return this.share;
  }

  setSampling(share: number): void {
    this.share = share;
  }
}
