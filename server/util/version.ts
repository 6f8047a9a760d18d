// The version of this program.

import { readFileSync } from 'node:fs';
import { projectPath } from './root.ts';

/** `version` of the project's package.json. */
export function projectVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(projectPath('package.json'), 'utf8'));
  const { version } = parsed as { readonly version?: unknown };
  return typeof version === 'string' ? version : '0';
}
