// The chart: Helm takes it, its defaults are the plain manifests, and each of its settings makes what it says.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { environmentName, fieldPaths } from '../../server/config/field.ts';
import { serverFields } from '../../server/config/server-fields.ts';
import { projectPath } from '../../server/util/root.ts';
import { projectVersion } from '../../server/util/version.ts';

const helm = process.env['MINDIRD_HELM'] ?? 'helm';
const chart = projectPath('deploy', 'helm');

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}

function run(...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(helm, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${error?.message ?? ''}${stdout}${stderr}`);
  return stdout;
}

const parse = (text: string): readonly Resource[] =>
  parseAllDocuments(text).flatMap((document) => {
    assert.deepEqual(document.errors, []);
    const resource = document.toJS() as Resource | null;
    return resource === null ? [] : [resource];
  });

function render(settings: Readonly<Record<string, string>> = {}): readonly Resource[] {
  const words = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  return parse(run('template', 'mindird', chart, ...words));
}

const one = (resources: readonly Resource[], kind: string): Resource =>
  resources.find((resource) => resource.kind === kind) ?? assert.fail(`no ${kind}`);

/** Labels that Helm adds say nothing of what is run, and a list of variables may be in any order. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key]) =>
      ![
        'app.kubernetes.io/instance',
        'app.kubernetes.io/version',
        'app.kubernetes.io/managed-by',
        'imagePullPolicy',
      ].includes(key),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner)]));
}

interface Pod {
  readonly initContainers?: readonly { readonly name: string }[];
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string; readonly value: string }[];
    readonly resources: { readonly limits: Readonly<Record<string, string>> };
  }[];
  readonly terminationGracePeriodSeconds: number;
  readonly volumes: readonly Readonly<Record<string, unknown>>[];
}

const podOf = (resources: readonly Resource[]): Pod =>
  (one(resources, 'Deployment').spec as { readonly template: { readonly spec: Pod } }).template.spec;

describe('the chart', () => {
  it('passes lint, in the version of the program', () => {
    assert.match(run('lint', '--strict', chart), /0 chart\(s\) failed/);
    const text = readFileSync(projectPath('deploy', 'helm', 'Chart.yaml'), 'utf8');
    for (const key of ['version', 'appVersion']) assert.match(text, new RegExp(`^${key}: ${projectVersion()}$`, 'm'));
  });

  it('is by default what the plain manifests are', () => {
    const manifests = ['deployment.yaml', 'service.yaml'].flatMap((file) =>
      parse(readFileSync(projectPath('deploy', 'k8s', file), 'utf8')),
    );
    const rendered = render();
    assert.equal(rendered.length, manifests.length);
    for (const manifest of manifests) {
      const own = rendered.find(
        ({ kind, metadata }) => kind === manifest.kind && metadata.name === manifest.metadata.name,
      );
      assert.ok(own !== undefined, `${manifest.kind} ${manifest.metadata.name}`);
      const [a, b] = [plain(own.spec), plain(manifest.spec)] as [Record<string, unknown>, Record<string, unknown>];
      if (manifest.kind !== 'Service') assert.deepEqual(a, b, manifest.metadata.name);
      // The plain services lead to the pods of the GPU too.
      else assert.deepEqual(a['ports'], b['ports']);
    }
  });

  it('makes what is switched on, and nothing else', () => {
    const kinds = (settings: Readonly<Record<string, string>>): readonly string[] =>
      render(settings).map(({ kind }) => kind);
    const usual = kinds({});
    assert.deepEqual([...usual].sort(), ['Deployment', 'PodDisruptionBudget', 'Service', 'Service']);
    for (const [name, kind] of [
      ['autoscaling', 'HorizontalPodAutoscaler'],
      ['podMonitor', 'PodMonitor'],
      ['networkPolicy', 'NetworkPolicy'],
    ] as const)
      assert.deepEqual([...kinds({ [`${name}.enabled`]: 'true' })].sort(), [...usual, kind].sort());
    const spec = one(render({ 'autoscaling.enabled': 'true' }), 'Deployment').spec;
    assert.equal('replicas' in (spec as object), false, 'the scaler decides');
  });

  it('derives the grace period from the drain, and tells the server variables that it knows', () => {
    const { terminationGracePeriodSeconds, containers } = podOf(render({ 'drain.delay': '7', 'drain.timeout': '60' }));
    assert.equal(terminationGracePeriodSeconds, 77);
    const told = new Map(containers[0]?.env.map(({ name, value }) => [name, value]));
    assert.deepEqual([told.get('MINDIRD_SERVER_DRAIN_DELAY'), told.get('MINDIRD_SERVER_DRAIN_TIMEOUT')], ['7s', '60s']);
    const known = new Set(fieldPaths(serverFields).map(({ path }) => environmentName(path)));
    for (const name of told.keys()) assert.ok(known.has(name), name);
  });

  it('takes claims, builds before it serves, and asks for a GPU', () => {
    const claims = podOf(render({ 'servables.claim': 'models', 'cache.claim': 'engines', 'build.enabled': 'true' }));
    assert.deepEqual(
      claims.initContainers?.map(({ name }) => name),
      ['build'],
    );
    assert.deepEqual(claims.volumes.slice(0, 2), [
      { name: 'servables', persistentVolumeClaim: { claimName: 'models', readOnly: true } },
      { name: 'cache', persistentVolumeClaim: { claimName: 'engines' } },
    ]);
    const gpu = podOf(render({ 'gpu.enabled': 'true', 'image.tag': 'tensorrt' })).containers[0];
    assert.equal(gpu?.resources.limits['nvidia.com/gpu'], '1');
    assert.deepEqual(gpu?.args.slice(-2), ['--engine-build', 'background']);
  });
});
