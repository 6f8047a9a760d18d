// A servable_config.mjs of a test's own, loaded beside fake models.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ModulePlan } from '../../server/config/servable-module/plan.ts';
import { readModule } from '../../server/config/servable-module/read.ts';

/** Writes and reads a module; its folder goes with remove(). */
export async function moduleOf(text: string): Promise<{ readonly plan: ModulePlan; readonly remove: () => void }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mindird-stages-'));
  const file = path.join(folder, 'servable_config.mjs');
  writeFileSync(file, text);
  return { plan: await readModule(file), remove: () => rmSync(folder, { recursive: true }) };
}
