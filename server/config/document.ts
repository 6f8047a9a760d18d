// docs/CONFIG.md, from the tables of fields.

import type { FieldSpec, FileSpec } from './field.ts';
import { environmentName } from './field.ts';
import { wanted } from './schema.ts';
import { servableFields } from './servable-fields.ts';
import { serverFields } from './server-fields.ts';

function defaultText(field: FieldSpec): string {
  if (field.default === null) return 'none';
  return `\`${Array.isArray(field.default) ? `[${field.default.join(', ')}]` : String(field.default)}\``;
}

function fieldLines(path: string, field: FieldSpec, isServer: boolean): readonly string[] {
  const lines = [`#### \`${path}\``, '', `${field.doc.charAt(0).toUpperCase()}${field.doc.slice(1)}.`, ''];
  lines.push(`- value: ${wanted(field)}`, `- default: ${defaultText(field)}`);
  if (isServer) {
    lines.push(`- environment: \`${environmentName(path)}\``);
    if (field.flag !== undefined) lines.push(`- flag: \`--${field.flag}\``);
    lines.push(`- a change takes effect: ${field.reload === true ? 'on reload (SIGHUP)' : 'on restart'}`);
  }
  return [...lines, ''];
}

function fileLines(spec: FileSpec, isServer: boolean): readonly string[] {
  return Object.entries(spec).flatMap(([section, { doc, fields }]) => [
    `### \`${section}\``,
    '',
    doc,
    '',
    ...Object.entries(fields).flatMap(([name, field]) => fieldLines(`${section}.${name}`, field, isServer)),
  ]);
}

/** The whole text of docs/CONFIG.md. */
export function configDocument(): string {
  return [
    '# Configuration',
    '',
    'Generated from `server/config/server-fields.ts` and `server/config/servable-fields.ts` by `node tools/gen.mjs`.',
    '',
    'Durations are written `500us`, `20ms`, `1.5s`, `2m`, `1h`; sizes `512B`, `64KiB`, `100MiB`, `1GiB`. Unknown keys are errors.',
    'A file holds at most 16 KiB of plain YAML: no anchors, aliases or tags. `mindird check` validates all files without loading a model.',
    '',
    'Editors that know JSON Schema complete and check the files with `docs/schema`, which `mindird schema` prints too; for the YAML language server the first line is',
    '`# yaml-language-server: $schema=PATH/docs/schema/mindird.json`. What must hold between fields is checked by `mindird check` alone.',
    '',
    '## The server: `mindird.yaml`',
    '',
    'Given by `--config FILE` or `MINDIRD_CONFIG`, else `mindird.yaml` of the working folder where there is one. A value comes from the',
    'first of these that has it: flag, environment variable, file, default. Relative paths in the file count from its folder. On SIGHUP the',
    'server reads everything again; a file that is wrong, or that changes a field needing a restart, leaves the running configuration in place.',
    '',
    ...fileLines(serverFields, true),
    '## A servable: `servable_config.yaml`',
    '',
    'In the folder of the servable, optional. A change is seen at the next look at the repository: the version is loaded anew beside the',
    'running one and takes its place when it is ready.',
    '',
    ...fileLines(servableFields, false),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}
