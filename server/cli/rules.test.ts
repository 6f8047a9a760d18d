import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { parse } from 'yaml';
import { rulesDocument } from '../metrics/rules.ts';
import { objectivesOf } from './rules.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'mindird-rules-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(servable: string, config: string): void {
  mkdirSync(path.join(root, servable, '1'), { recursive: true });
  writeFileSync(path.join(root, servable, '1', 'a.mindir'), 'x');
  writeFileSync(path.join(root, servable, 'servable_config.yaml'), config);
}

const run = (): ReturnType<typeof objectivesOf> =>
  objectivesOf({ file: undefined, environment: {}, flags: { 'repository.path': root }, cwd: root, home: root });

test('rules: every servable with an objective has a group with its own numbers', async () => {
  put('fast', 'slo: {latency: 5ms, objective: 0.999, window: 7d}\n');
  put('plain', 'slo: {objective: 0.9}\n');
  const objectives = await run();
  assert.deepEqual(objectives, [{ name: 'fast', objective: 0.999, window: 604_800_000 }]);
  const { groups } = parse(rulesDocument(objectives)) as { groups: { name: string; rules: { expr: string }[] }[] };
  assert.deepEqual(
    groups.map(({ name }) => name),
    ['mindird-slo-fast', 'mindird-alerts'],
  );
  const text = groups[0]?.rules.map(({ expr }) => expr).join('\n') ?? '';
  assert.match(text, /mindird_slo_requests_total\{model="fast",good="false"\}\[3d\]/);
  assert.match(text, /\/ 0\.001\n/);
  // 2 % of a week's budget within an hour.
  assert.match(text, /mindird:slo_burn:1h\{model="fast"\} > 3\.36\n/);
});

test('rules: a configuration that cannot be read is told, not left out', async () => {
  put('bad', 'slo: {latency: soon}\n');
  await assert.rejects(run(), /slo\.latency/);
});
