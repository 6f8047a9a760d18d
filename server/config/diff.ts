// What a reload changes. Pure: two configurations in, the changed fields out.

import { fieldPaths } from './field.ts';
import { show } from './schema.ts';
import type { ServerConfig } from './server-fields.ts';
import { serverFields } from './server-fields.ts';

export interface Change {
  readonly path: string;
  readonly from: string;
  readonly to: string;
  /** False where only a restart can apply it. */
  readonly reload: boolean;
}

function valueAt(config: ServerConfig, path: string): unknown {
  const [section = '', name = ''] = path.split('.', 2);
  return (config as unknown as Record<string, Record<string, unknown>>)[section]?.[name];
}

/** Every field in which the two differ, in table order. */
export function diffConfig(before: ServerConfig, after: ServerConfig): readonly Change[] {
  return fieldPaths(serverFields).flatMap(({ path, field }) => {
    const [from, to] = [valueAt(before, path), valueAt(after, path)];
    if (JSON.stringify(from) === JSON.stringify(to)) return [];
    return [{ path, from: show(from), to: show(to), reload: field.reload === true }];
  });
}
