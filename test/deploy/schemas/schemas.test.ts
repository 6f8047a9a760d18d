// Every Kubernetes file, and what the chart makes, against the schemas of the programs that read them: no field they do not know, no value of another type.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { Ajv, type ValidateFunction } from 'ajv';
import { parseAllDocuments } from 'yaml';
import { projectPath } from '../../../server/util/root.ts';

const swagger = process.env['MINDIRD_KUBERNETES_SCHEMA'] ?? '';
const definitions = (process.env['MINDIRD_KUBERNETES_DEFINITIONS'] ?? '').split(':');
const helm = process.env['MINDIRD_HELM'] ?? 'helm';

interface Schema {
  readonly [key: string]: unknown;
}

interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
}

interface Definition extends Resource {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

/** The same schema, in which an object has the properties it lists and no other. */
function strict(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strict);
  if (typeof value !== 'object' || value === null) return value;
  const made: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value))
    made[key] = key === 'properties' ? properties(inner) : strict(inner);
  const open = made['x-kubernetes-preserve-unknown-fields'] === true || made['additionalProperties'] !== undefined;
  if (made['properties'] !== undefined && !open) made['additionalProperties'] = false;
  if (made['x-kubernetes-int-or-string'] === true || made['format'] === 'int-or-string') {
    delete made['type'];
    made['anyOf'] = [{ type: 'integer' }, { type: 'string' }];
  }
  // Go's own way to say that letters of either case fit.
  if (String(made['pattern']).includes('(?i)')) delete made['pattern'];
  return made;
}

const properties = (value: object): object =>
  Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, strict(inner)]));

const files = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => path.join(folder, file));

const parse = <T>(text: string): readonly T[] =>
  parseAllDocuments(text).flatMap((document) => {
    const value = document.toJS({ maxAliasCount: -1 }) as T | null;
    return value === null ? [] : [value];
  });

describe('schemas', () => {
  const known = new Map<string, Schema>();
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false, validateFormats: false });

  before(() => {
    const { definitions: own } = JSON.parse(readFileSync(swagger, 'utf8')) as {
      readonly definitions: Record<string, Schema>;
    };
    const made = {
      ...(strict({ properties: own }) as { readonly properties: object }).properties,
      [quantity]: { type: ['string', 'number'] },
    };
    ajv.addSchema({ $id: 'k8s', definitions: made });
    for (const [name, schema] of Object.entries(own)) {
      const kinds = schema['x-kubernetes-group-version-kind'] as
        | readonly { readonly group: string; readonly version: string; readonly kind: string }[]
        | undefined;
      for (const { group, version, kind } of kinds ?? [])
        known.set(`${group === '' ? '' : `${group}/`}${version} ${kind}`, { $ref: `k8s#/definitions/${name}` });
    }
    const resources = definitions.flatMap(files).flatMap((file) => parse<Definition>(readFileSync(file, 'utf8')));
    for (const { spec } of resources.filter(({ kind }) => kind === 'CustomResourceDefinition'))
      for (const { name, schema } of spec.versions) {
        const own = strict(schema.openAPIV3Schema) as { properties: Record<string, Schema> };
        own.properties['metadata'] = { $ref: `k8s#/definitions/${meta}` };
        known.set(`${spec.group}/${name} ${spec.names.kind}`, own);
      }
    assert.ok(known.size > 100, `${known.size} schemas`);
  });

  /** What is wrong with a resource, a line each. */
  function problems(resource: Resource): readonly string[] {
    const kind = `${resource.apiVersion} ${resource.kind}`;
    const schema = known.get(kind);
    if (schema === undefined) return [`no schema of ${kind}`];
    const validate: ValidateFunction = ajv.compile(schema);
    if (validate(resource)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  it('take every file of deploy/k8s', () => {
    const all = files(projectPath('deploy', 'k8s'));
    assert.ok(all.length >= 8, `${all.length} files`);
    for (const file of all)
      for (const resource of parse<Resource>(readFileSync(file, 'utf8')))
        assert.deepEqual(problems(resource), [], file);
  });

  it('take what the chart makes with everything switched on', () => {
    const on = ['autoscaling', 'podMonitor', 'networkPolicy', 'gpu', 'build'].map((name) => `${name}.enabled=true`);
    const { status, stdout, stderr } = spawnSync(
      helm,
      [
        'template',
        'mindird',
        projectPath('deploy', 'helm'),
        '--set',
        [...on, 'servables.claim=a', 'cache.claim=b'].join(','),
      ],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
    const resources = parse<Resource>(stdout);
    assert.equal(resources.length, 7);
    for (const resource of resources) assert.deepEqual(problems(resource), [], resource.kind);
  });

  it('refuse a field that is misspelt and a value of another type', () => {
    const text = readFileSync(projectPath('deploy', 'k8s', 'deployment.yaml'), 'utf8');
    for (const [from, to] of [
      ['readOnlyRootFilesystem', 'readOnlyRootFileSystem'],
      ['replicas: 1', 'replicas: many'],
    ] as const) {
      const [wrong] = parse<Resource>(text.replaceAll(from, to));
      assert.ok(wrong !== undefined && problems(wrong).length > 0, to);
    }
  });
});
