// Loading by call that remembers what it was asked for: `bad` does not load, `nobody` is not there.

import { ServingError } from '../../server/errors.ts';
import type { RepositoryControl } from '../../server/model/served.ts';

export class RecordedControl implements RepositoryControl {
  readonly calls: string[] = [];

  async load(name: string): Promise<void> {
    this.calls.push(`load ${name}`);
    if (name === 'bad') throw new ServingError('INVALID_MODEL', 'bad: version 1: cut off (none is ready)');
  }

  unload(name: string, dependents: boolean): void {
    this.calls.push(`unload ${name}${dependents ? ' and dependents' : ''}`);
    if (name === 'nobody') throw new ServingError('NOT_FOUND', 'nobody: no such servable in the repository');
  }
}
