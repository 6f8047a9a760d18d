// JSON Schemas of the configuration files, for editors: what zod makes of the schemas that validate, with the documentation of fields.

import * as z from 'zod';
import type { FieldSpec, FileSpec } from './field.ts';
import { fileSchema } from './schema.ts';
import { servableFields } from './servable-fields.ts';
import { serverFields } from './server-fields.ts';

type JsonSchema = Record<string, unknown>;

/** A schema as the text of a file. */
export function schemaText(schema: object, title: string): string {
  return `${JSON.stringify({ title, ...schema }, null, 2)}\n`;
}

/** Of mindird.yaml. */
export function serverSchemaText(): string {
  return schemaText(documented(serverFields), 'mindird.yaml: the configuration of mindird');
}

/** Of servable_config.yaml. */
export function servableSchemaText(): string {
  return schemaText(documented(servableFields), "servable_config.yaml: one servable's configuration for mindird");
}

function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return schema['properties'] as Record<string, JsonSchema>;
}

function documented(spec: FileSpec): JsonSchema {
  // Every section and field may be left out, whatever zod's reading of its defaults is.
  const { required: _, ...schema } = z.toJSONSchema(fileSchema(spec), { io: 'input' }) as JsonSchema;
  for (const [name, { doc, fields }] of Object.entries(spec)) {
    const section = propertiesOf(schema)[name] ?? {};
    delete section['required'];
    // A section whose entries are all commented out is an empty section.
    Object.assign(section, { type: ['object', 'null'], description: doc });
    for (const [field, value] of Object.entries(fields)) {
      const properties = propertiesOf(section);
      properties[field] = documentedField(properties[field] ?? {}, value);
    }
  }
  return schema;
}

function documentedField(schema: JsonSchema, field: FieldSpec): JsonSchema {
  const { default: _, ...known } = schema;
  const shown = visible(known, field.values);
  const either = field.kind === 'addresses' ? { anyOf: [shown['items'], shown] } : shown;
  const byDefault = field.default === null ? {} : { default: field.default };
  return { description: field.doc, ...either, ...byDefault };
}

/** The schema without values that are legal and not advertised. */
function visible(schema: JsonSchema, values: FieldSpec['values']): JsonSchema {
  if (values === undefined) return schema;
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) => (key === 'enum' ? values : value)) as JsonSchema;
}
