// What of Python's syntax a servable_config.py is read by, out of the tree of a parser. Nothing is executed, and what is neither a name, a
// literal nor a call of a name stays `other`, which no rule accepts.

import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';

export type Expression =
  | { readonly kind: 'name'; readonly name: string; readonly line: number }
  | { readonly kind: 'text'; readonly value: string; readonly line: number }
  | { readonly kind: 'truth'; readonly value: boolean; readonly line: number }
  /** Keys written out. */
  | { readonly kind: 'dict'; readonly entries: ReadonlyMap<string, Expression>; readonly line: number }
  | { readonly kind: 'list'; readonly items: readonly Expression[]; readonly line: number }
  | Call
  | { readonly kind: 'other'; readonly line: number };

export interface Call {
  readonly kind: 'call';
  /**
   * What is called: `add_stage` of `register.add_stage(…)`, with `register` in `of` under whatever name the file imports it; '' where any other plain name
   * is called.
   */
  readonly name: string;
  readonly of: string;
  readonly args: readonly Expression[];
  readonly named: ReadonlyMap<string, Expression>;
  readonly line: number;
}

export type Statement =
  | { readonly kind: 'assign'; readonly targets: readonly string[]; readonly value: Expression; readonly line: number }
  | { readonly kind: 'call'; readonly call: Call; readonly line: number }
  | { readonly kind: 'return'; readonly values: readonly Expression[]; readonly line: number }
  | {
      readonly kind: 'function';
      readonly name: string;
      readonly parameters: readonly string[] | undefined;
      readonly decorators: readonly Call[];
      readonly body: readonly Statement[];
      readonly line: number;
    }
  /** Does nothing: pass, or a text that stands for itself. */
  | { readonly kind: 'nothing'; readonly line: number }
  | { readonly kind: 'other'; readonly line: number };

/** Deepest nesting that is followed. */
const MAX_DEPTH = 50;

/** The statements of a file; undefined, with the line, where it is no Python. */
export function parsePython(text: string): { readonly statements: readonly Statement[]; readonly errorLine: number } {
  const tree = parser.parse(text);
  const reader = new Reader(text, tree.topNode);
  let errorLine = 0;
  tree.iterate({
    enter: (node) => {
      if (node.type.isError && errorLine === 0) errorLine = reader.lineAt(node.from);
    },
  });
  return { statements: errorLine > 0 ? [] : reader.statements(tree.topNode, 0), errorLine };
}

class Reader {
  readonly #text: string;
  readonly #lines: number[] = [0];
  /** Names of the module. */
  readonly #modules = new Set(['register']);
  /** What was imported out of it, by its name here. */
  readonly #members = new Map<string, string>();

  constructor(text: string, root: SyntaxNode) {
    this.#text = text;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lines.push(at + 1);
    for (const node of root.getChildren('ImportStatement')) this.#import(this.#source(node));
  }

  /** Notes what MindSpore Serving's module `register`, and what is in it, are called in this file. */
  #import(statement: string): void {
    const whole = /^import\s+mindspore_serving(?:\.\w+)*\.register\s+as\s+(\w+)$/.exec(statement);
    if (whole !== null) this.#modules.add(whole[1] ?? '');
    const [, from = '', list = ''] =
      /^from\s+(mindspore_serving[\w.]*)\s+import\s*\(?([^)]*)\)?$/.exec(statement) ?? [];
    for (const part of list.split(',')) {
      const [, name = '', alias = name] = /^\s*(\w+)(?:\s+as\s+(\w+))?\s*$/.exec(part) ?? [];
      if (from.endsWith('.register')) this.#members.set(alias, name);
      else if (name === 'register') this.#modules.add(alias);
    }
  }

  lineAt(position: number): number {
    let low = 0;
    let high = this.#lines.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lines[middle] ?? 0) <= position) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  statements(parent: SyntaxNode, depth: number): Statement[] {
    if (depth > MAX_DEPTH) return [];
    return children(parent)
      .filter(({ name }) => name !== ':' && name !== ';')
      .map((node) => this.#statement(node, depth));
  }

  #statement(node: SyntaxNode, depth: number): Statement {
    const line = this.lineAt(node.from);
    if (node.name === 'AssignStatement') return this.#assign(node, line, depth);
    if (node.name === 'ReturnStatement')
      return { kind: 'return', values: this.#values(children(node).slice(1), depth), line };
    if (node.name === 'FunctionDefinition') return this.#function(node, [], depth);
    if (node.name === 'DecoratedStatement') {
      const decorators = node.getChildren('Decorator').flatMap((decorator) => this.#decorator(decorator, depth));
      const definition = node.getChild('FunctionDefinition');
      return definition === null ? { kind: 'other', line } : this.#function(definition, decorators, depth);
    }
    if (node.name === 'ExpressionStatement') {
      const [only] = children(node);
      const value = only === undefined ? undefined : this.#expression(only, depth);
      if (value?.kind === 'call') return { kind: 'call', call: value, line };
      if (only?.name === 'String') return { kind: 'nothing', line };
    }
    if (node.name === 'PassStatement') return { kind: 'nothing', line };
    return { kind: 'other', line };
  }

  #assign(node: SyntaxNode, line: number, depth: number): Statement {
    const parts = children(node);
    const at = parts.findIndex(({ name }) => name === 'AssignOp');
    const [value, ...more] = this.#values(parts.slice(at + 1), depth);
    const targets = parts.slice(0, at).filter(({ name }) => name !== ',');
    if (at < 0 || value === undefined || more.length > 0 || targets.some(({ name }) => name !== 'VariableName'))
      return { kind: 'other', line };
    return { kind: 'assign', targets: targets.map((target) => this.#source(target)), value, line };
  }

  #function(node: SyntaxNode, decorators: readonly Call[], depth: number): Statement {
    const name = node.getChild('VariableName');
    const list = node.getChild('ParamList');
    const body = node.getChild('Body');
    const parts =
      list === null ? [] : children(list).filter(({ name: part }) => !['(', ')', ',', 'TypeDef'].includes(part));
    const plain = parts.every(({ name: part }) => part === 'VariableName');
    return {
      kind: 'function',
      name: name === null ? '' : this.#source(name),
      parameters: plain ? parts.map((part) => this.#source(part)) : undefined,
      decorators,
      body: body === null ? [] : this.statements(body, depth + 1),
      line: this.lineAt(node.from),
    };
  }

  #decorator(node: SyntaxNode, depth: number): Call[] {
    const names = node.getChildren('VariableName').map((name) => this.#source(name));
    const list = node.getChild('ArgList');
    const last = names.at(-1);
    if (last === undefined) return [];
    const given = list === null ? { args: [], named: new Map<string, Expression>() } : this.#arguments(list, depth);
    return [{ kind: 'call', ...this.#called(last, names.at(-2) ?? ''), ...given, line: this.lineAt(node.from) }];
  }

  /** Expressions with commas between them. */
  #values(nodes: readonly SyntaxNode[], depth: number): Expression[] {
    return nodes
      .filter(({ name }) => name !== ',')
      .flatMap((node) => {
        if (node.name !== 'TupleExpression') return [this.#expression(node, depth)];
        return this.#values(inner(node), depth + 1);
      });
  }

  #expression(node: SyntaxNode, depth: number): Expression {
    const line = this.lineAt(node.from);
    if (depth > MAX_DEPTH) return { kind: 'other', line };
    if (node.name === 'VariableName') return { kind: 'name', name: this.#source(node), line };
    if (node.name === 'String') return this.#string(node, line);
    if (node.name === 'Boolean') return { kind: 'truth', value: this.#source(node) === 'True', line };
    if (node.name === 'ArrayExpression' || node.name === 'TupleExpression')
      return { kind: 'list', items: this.#values(inner(node), depth + 1), line };
    if (node.name === 'CallExpression') return this.#call(node, line, depth);
    if (node.name === 'DictionaryExpression') return this.#dict(node, line, depth);
    return { kind: 'other', line };
  }

  /** A plain literal: no prefix and no escapes, whose meaning would have to be worked out. */
  #string(node: SyntaxNode, line: number): Expression {
    const match = /^(['"])([^'"\\]*)\1$/.exec(this.#source(node));
    return match === null ? { kind: 'other', line } : { kind: 'text', value: match[2] ?? '', line };
  }

  #call(node: SyntaxNode, line: number, depth: number): Expression {
    const [callee] = children(node);
    const list = node.getChild('ArgList');
    if (callee === undefined || list === null) return { kind: 'other', line };
    const given = this.#arguments(list, depth);
    const match = /^(?:(?:\w+\.)*(\w+)\.)?(\w+)$/.exec(this.#source(callee));
    if (match === null) return { kind: 'other', line };
    return { kind: 'call', ...this.#called(match[2] ?? '', match[1] ?? ''), ...given, line };
  }

  /** What is called, by the names that MindSpore Serving has for it. */
  #called(name: string, of: string): Pick<Call, 'name' | 'of'> {
    const member = of === '' ? this.#members.get(name) : undefined;
    if (member !== undefined) return { name: member, of: 'register' };
    return { name, of: this.#modules.has(of) ? 'register' : of };
  }

  #dict(node: SyntaxNode, line: number, depth: number): Expression {
    const entries = new Map<string, Expression>();
    const parts = inner(node);
    for (let at = 0; at < parts.length; at += 4) {
      const [key, colon, value, comma] = parts.slice(at, at + 4);
      const name = key === undefined ? undefined : this.#expression(key, depth + 1);
      if (
        name?.kind !== 'text' ||
        colon?.name !== ':' ||
        value === undefined ||
        (comma !== undefined && comma.name !== ',')
      )
        return { kind: 'other', line };
      entries.set(name.value, this.#expression(value, depth + 1));
    }
    return { kind: 'dict', entries, line };
  }

  #arguments(list: SyntaxNode, depth: number): Pick<Call, 'args' | 'named'> {
    const args: Expression[] = [];
    const named = new Map<string, Expression>();
    const parts = inner(list);
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at] as SyntaxNode;
      const value = parts[at + 2];
      if (part.name === ',') continue;
      if (parts[at + 1]?.name === 'AssignOp' && value !== undefined) {
        named.set(this.#source(part), this.#expression(value, depth + 1));
        at += 2;
      } else args.push(this.#expression(part, depth + 1));
    }
    return { args, named };
  }

  #source(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to);
  }
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'Comment') found.push(child);
  return found;
}

/** The children without the brackets around them. */
function inner(node: SyntaxNode): SyntaxNode[] {
  return children(node).filter(({ name }) => !['(', ')', '[', ']', '{', '}'].includes(name));
}
