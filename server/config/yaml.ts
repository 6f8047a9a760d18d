// YAML text to plain values with the line of every key. A configuration is small and plain, so everything that lets a
// small text cost much is refused: large files, deep nesting, anchors and aliases, tags, keys that are not plain text.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Node } from 'yaml';
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Problem } from './problem.ts';
import { ConfigError } from './problem.ts';

/** Largest configuration file; the parser needs under a second for the worst text of this size. */
export const maxConfigBytes = 16_384;
const maxDepth = 16;

export interface YamlText {
  /** Maps, lists and scalars; undefined for an empty document. */
  readonly value: unknown;
  /** Line of a dotted key path (list items by index), counted from 1; of the nearest enclosing path when unknown. */
  lineOf(path: string): number;
}

interface Walk {
  readonly source: string;
  readonly lines: Map<string, number>;
  readonly problems: Problem[];
  lineAt(node: unknown): number;
}

/** Parses one YAML document; throws ConfigError with every syntax error's line. */
export function parseYaml(text: string, source: string): YamlText {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    logLevel: 'error',
    prettyErrors: false,
    schema: 'core',
    // The library's own check compares every pair of keys; convert() does it in linear time.
    uniqueKeys: false,
  });
  const syntax = document.errors.slice(0, 5).map((error) => ({
    source,
    line: counter.linePos(error.pos[0]).line,
    path: '',
    message: `not valid YAML: ${sentence(error.message)}`,
  }));
  if (syntax.length > 0) throw new ConfigError(syntax);
  const lines = new Map<string, number>();
  const lineAt = (node: unknown): number => {
    const range = (node as { readonly range?: readonly number[] | null } | null)?.range;
    return range?.[0] === undefined ? 1 : counter.linePos(range[0]).line;
  };
  const walk: Walk = { source, lines, problems: [], lineAt };
  const value = convert(document.contents, '', walk, 0);
  if (walk.problems.length > 0) throw new ConfigError(walk.problems.slice(0, 20));
  return { value, lineOf: (path) => nearestLine(lines, path) };
}

/** Reads a configuration file, refusing what is not a regular file of a sane size; throws ConfigError. */
export function readConfigText(file: string): string {
  const refuse = (message: string): never => {
    throw new ConfigError([{ source: file, line: 0, path: '', message }]);
  };
  let descriptor = -1;
  try {
    // Without O_NONBLOCK a named pipe would stop the process here.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return refuse('not a regular file');
    if (stat.size > maxConfigBytes) return refuse(`found ${stat.size} bytes, want at most ${maxConfigBytes}`);
    const buffer = Buffer.alloc(maxConfigBytes + 1);
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    if (length > maxConfigBytes)
      return refuse(`found more than ${maxConfigBytes} bytes, want at most ${maxConfigBytes}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length));
  } catch (caught) {
    if (caught instanceof ConfigError) throw caught;
    const code = (caught as NodeJS.ErrnoException).code ?? '';
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return refuse('not UTF-8 text');
    return refuse(code === 'ENOENT' ? 'no such file' : `cannot be read: ${code}`);
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
  }
}

function sentence(message: string): string {
  const first = message.split('\n', 1)[0] ?? '';
  const text = first.slice(0, 160).replace(/[.:]$/, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function nearestLine(lines: ReadonlyMap<string, number>, path: string): number {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const line = lines.get(at);
    if (line !== undefined) return line;
  }
  return 1;
}

function convert(node: Node | null, path: string, walk: Walk, depth: number): unknown {
  const refuse = (message: string): undefined => {
    walk.problems.push({ source: walk.source, line: walk.lineAt(node), path, message });
    return undefined;
  };
  if (node === null) return undefined;
  if (depth > maxDepth) return refuse(`nested deeper than ${maxDepth} levels`);
  if ('anchor' in node && node.anchor !== undefined) return refuse('anchors are not supported, write the value out');
  if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) return refuse('tags are not supported');
  if (isScalar(node)) return node.value;
  if (isSeq(node)) {
    return node.items.map((item, i) => {
      const at = `${path}.${i}`;
      walk.lines.set(at, walk.lineAt(item));
      return convert(item as Node | null, at, walk, depth + 1);
    });
  }
  if (isMap(node)) return convertMap(node.items, path, walk, depth);
  return refuse('aliases are not supported, write the value out');
}

function convertMap(
  pairs: readonly { readonly key: unknown; readonly value: unknown }[],
  path: string,
  walk: Walk,
  depth: number,
): Record<string, unknown> {
  // Without a prototype a key such as __proto__ is a key like any other.
  const result: Record<string, unknown> = Object.create(null);
  for (const { key, value } of pairs) {
    const name: unknown = isScalar(key) ? key.value : undefined;
    const line = walk.lineAt(key);
    if (typeof name !== 'string') {
      walk.problems.push({ source: walk.source, line, path, message: 'found a key that is not plain text' });
      continue;
    }
    const at = path === '' ? name : `${path}.${name}`;
    if (Object.hasOwn(result, name)) {
      walk.problems.push({ source: walk.source, line, path: at, message: 'given twice' });
      continue;
    }
    walk.lines.set(at, line);
    result[name] = convert(value as Node | null, at, walk, depth + 1) ?? null;
  }
  return result;
}
