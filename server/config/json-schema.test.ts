import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { keysSchemaText, parseKeyFile } from '../access/key-file.ts';
import { projectPath } from '../util/root.ts';
import { fieldPaths } from './field.ts';
import { servableSchemaText, serverSchemaText } from './json-schema.ts';
import { ConfigError } from './problem.ts';
import { validator } from './schema.ts';
import { servableFields } from './servable-fields.ts';
import { serverFields } from './server-fields.ts';
import { parseYaml } from './yaml.ts';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
const server = ajv.compile(JSON.parse(serverSchemaText()));
const servable = ajv.compile(JSON.parse(servableSchemaText()));
const keys = ajv.compile(JSON.parse(keysSchemaText()));

/** Blocks of YAML in a document, by the words they begin with. */
function examples(document: string): readonly string[] {
  const text = readFileSync(projectPath(document), 'utf8');
  return [...text.matchAll(/```yaml\n([^`]*)```/g)].map(([, block = '']) => block);
}

const plain = (yaml: string): unknown => JSON.parse(JSON.stringify(parseYaml(yaml, 'x.yaml').value));

test('json schema: the examples of the documents and the demo validate', () => {
  const tls = examples('README.md').filter((block) => block.startsWith('tls:'));
  assert.ok(tls.length > 0);
  for (const block of tls) assert.ok(server(plain(block)), ajv.errorsText(server.errors));
  const access = examples('README.md').filter((block) => block.startsWith('anonymous:'));
  assert.ok(access.length > 0);
  for (const block of access) {
    const whole = block.replace('5c9e…', '5c9e'.repeat(16));
    assert.ok(keys(plain(whole)), ajv.errorsText(keys.errors));
    assert.equal(parseKeyFile(Buffer.from(whole), 'keys.yaml').keys.length, 1);
  }
  const own = examples('README.md').filter((block) => /^(model|batching|slo|versions|mindspore_serving):/.test(block));
  const demo = readFileSync(projectPath('servables', 'digits', 'servable_config.yaml'), 'utf8');
  for (const block of [demo, ...own]) assert.ok(servable(plain(block)), ajv.errorsText(servable.errors));
});

test('json schema: every field has its documentation and its default, which validates', () => {
  for (const [spec, check, text] of [
    [serverFields, server, serverSchemaText()],
    [servableFields, servable, servableSchemaText()],
  ] as const) {
    const { properties } = JSON.parse(text) as { properties: Record<string, { properties: Record<string, object> }> };
    for (const { path, field } of fieldPaths(spec)) {
      const [section = '', name = ''] = path.split('.');
      const schema = properties[section]?.properties[name] as { description?: string } | undefined;
      assert.equal(schema?.description, field.doc, path);
      assert.ok(check({ [section]: { [name]: field.default } }), `${path}: ${ajv.errorsText(check.errors)}`);
    }
    assert.ok(check({ [Object.keys(spec)[0] ?? '']: null }), ajv.errorsText(check.errors));
  }
});

const wrong: readonly [typeof server, string][] = [
  [server, 'tls:\n  certifcate: a\n'],
  [server, 'tsl: {}\n'],
  [server, 'server:\n  grpc: 5500\n'],
  [server, 'server:\n  grpc: []\n'],
  [server, 'server:\n  max_message: 100\n'],
  [server, 'server:\n  max_message: lots\n'],
  [server, 'engine:\n  threads: -1\n'],
  [server, 'engine:\n  use: cuda\n'],
  [servable, 'batching:\n  max_batch: 0\n'],
  [servable, 'batching: [1]\n'],
  [servable, 'model:\n  engines: []\n'],
];

test('json schema: what it refuses is refused by the server too', () => {
  const [readServer, readServable] = [validator(serverFields, []), validator(servableFields, [])];
  for (const [check, yaml] of wrong) {
    assert.equal(check(plain(yaml)), false, yaml);
    assert.equal((check === server ? readServer : readServable)(plain(yaml)).ok, false, yaml);
  }
  for (const yaml of ['keys: [what]\n', 'anonymous: {calls: [health]}\n', 'who: {}\n']) {
    assert.equal(keys(plain(yaml)), false, yaml);
    assert.throws(() => parseKeyFile(Buffer.from(yaml), 'keys.yaml'), ConfigError);
  }
});
