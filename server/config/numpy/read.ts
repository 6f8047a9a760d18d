// Reads the functions of a servable_config.py that are NumPy on their arguments alone: what the tree of the parser holds becomes expressions, and
// the first thing that is not understood is the function's refusal, with its line. Nothing is executed.

import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import {
  type NumpyExpression,
  type NumpyFunction,
  type NumpyStatement,
  type NumpyType,
  numpyCalls,
  numpyTypes,
  pythonCalls,
  type Subscript,
} from './expression.ts';

/** Why a function is none of these. */
export interface NotUnderstood {
  readonly line: number;
  readonly message: string;
}

class Refusal extends Error {
  readonly node: SyntaxNode;

  constructor(node: SyntaxNode, message: string) {
    super(message);
    this.node = node;
  }
}

const deepest = 40;
/** Most parts of an instance. */
const mostParts = 64;
const operators: ReadonlySet<string> = new Set(['+', '-', '*', '/', '**']);

/** The functions of the top level that have no decorator, by name. */
export function readNumpyFunctions(text: string): ReadonlyMap<string, NumpyFunction | NotUnderstood> {
  const top = parser.parse(text).topNode;
  const reader = new Reader(text);
  for (const node of children(top)) if (node.name === 'AssignStatement') reader.constant(node);
  const found = new Map<string, NumpyFunction | NotUnderstood>();
  for (const node of children(top)) {
    if (node.name !== 'FunctionDefinition') continue;
    const name = node.getChild('VariableName');
    if (name !== null) found.set(reader.source(name), reader.function(node));
  }
  return found;
}

class Reader {
  readonly #text: string;
  readonly #numpy: string;
  readonly #assigned = new Set<string>();
  readonly #constants = new Map<string, NumpyExpression>();
  /** Names that have a value where the reader is. */
  #known: Set<string> = new Set();
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#numpy = /^[ \t]*import numpy as (\w+)/m.exec(text)?.[1] ?? 'numpy';
  }

  source(node: SyntaxNode): string {
    return this.#text.slice(node.from, node.to);
  }

  /** A name of the top level that stands for a literal; others are not known to functions. */
  constant(node: SyntaxNode): void {
    const [target, operator, value, ...more] = children(node);
    if (target?.name !== 'VariableName' || operator?.name !== 'AssignOp' || value === undefined || more.length > 0)
      return;
    const name = this.source(target);
    // What is assigned twice is left alone: which of the two a function sees depends on what runs when.
    const isKnown = this.#assigned.has(name);
    this.#assigned.add(name);
    this.#constants.delete(name);
    if (isKnown) return;
    try {
      this.#constants.set(name, this.#expression(value));
    } catch (caught) {
      if (!(caught instanceof Refusal)) throw caught;
    }
  }

  function(node: SyntaxNode): NumpyFunction | NotUnderstood {
    try {
      return this.#function(node);
    } catch (caught) {
      if (!(caught instanceof Refusal)) throw caught;
      return { line: this.#lineOf(caught.node), message: caught.message };
    }
  }

  #lineOf(node: SyntaxNode): number {
    return this.#text.slice(0, node.from).split('\n').length;
  }

  #refuse(node: SyntaxNode, what = this.source(node).split('\n')[0]?.slice(0, 60) ?? ''): never {
    throw new Refusal(node, `${what} is not understood`);
  }

  #function(node: SyntaxNode): NumpyFunction {
    const list = node.getChild('ParamList');
    const body = node.getChild('Body');
    // What types are written down changes nothing.
    const given = list === null ? [] : inner(list).filter(({ name }) => name !== 'TypeDef');
    const odd = given.find(({ name }) => name !== 'VariableName');
    if (odd !== undefined) this.#refuse(odd);
    const parameters = given.map((part) => this.source(part));
    const name = node.getChild('VariableName');
    const common = { name: name === null ? '' : this.source(name), line: this.#lineOf(node) };
    const statements = children(body ?? node).filter((part) => part.name !== ':' && !isDocumentation(part));
    const [loop, ...others] = statements;
    if (loop?.name === 'ForStatement' && others.length === 0 && parameters.length === 1)
      return { ...common, ...this.#loop(loop, parameters[0] as string), overInstances: true };
    this.#known = new Set(parameters);
    return { ...common, parameters, ...this.#statements(statements, 'ReturnStatement', node) };
  }

  /** Assignments, and what `end` gives last. */
  #statements(
    nodes: readonly SyntaxNode[],
    end: 'ReturnStatement' | 'YieldStatement',
    place: SyntaxNode,
  ): Pick<NumpyFunction, 'body' | 'results'> {
    const body: NumpyStatement[] = [];
    let results: readonly NumpyExpression[] | undefined;
    const word = end === 'ReturnStatement' ? 'return' : 'yield';
    for (const statement of nodes) {
      if (results !== undefined) this.#refuse(statement, `what follows ${word}`);
      if (statement.name === end) results = this.#values(children(statement).slice(1));
      else if (statement.name === 'AssignStatement') body.push(this.#assign(statement));
      else this.#refuse(statement);
    }
    if (results === undefined || results.length === 0) this.#refuse(place, `a function that ${word}s nothing`);
    return { body, results };
  }

  /** `for instance in instances:` with a `yield`, the form of what is given many instances: what it does with each of them. */
  #loop(loop: SyntaxNode, instances: string): Pick<NumpyFunction, 'parameters' | 'body' | 'results'> {
    const parts = children(loop);
    const at = parts.findIndex(({ name }) => name === 'in');
    const targets = parts.slice(1, at).filter(({ name }) => name !== ',');
    const [over, body, ...more] = parts.slice(at + 1);
    const odd = targets.find(({ name }) => name !== 'VariableName');
    if (odd !== undefined || over === undefined || body?.name !== 'Body' || more.length > 0) this.#refuse(odd ?? loop);
    if (this.source(over) !== instances) this.#refuse(loop);
    const names = targets.map((target) => this.source(target));
    const [only = ''] = names;
    const count = names.length === 1 ? this.#countOf(body, only) : 0;
    if (names.length === 1 && (count === 0 || count > mostParts)) this.#refuse(loop);
    const parameters = names.length > 1 ? names : Array.from({ length: count }, (_, i) => `${only}[${i}]`);
    const items = parameters.map((name): NumpyExpression => ({ kind: 'name', name }));
    const whole: NumpyStatement = { targets: [only], value: { kind: 'list', items }, line: this.#lineOf(loop) };
    this.#known = new Set([...parameters, ...names]);
    const statements = children(body).filter((part) => part.name !== ':');
    const inside = this.#statements(statements, 'YieldStatement', loop);
    return { parameters, results: inside.results, body: names.length > 1 ? inside.body : [whole, ...inside.body] };
  }

  /** How many parts an instance has, by what is taken out of it; 0 where that is not to be seen. */
  #countOf(body: SyntaxNode, instance: string): number {
    let most = 0;
    const isInstance = (node: SyntaxNode | undefined): boolean =>
      node?.name === 'VariableName' && this.source(node) === instance;
    body.cursor().iterate(({ node }) => {
      const parts = children(node);
      const [of, mark, at] = parts;
      if (node.name === 'MemberExpression' && isInstance(of) && mark?.name === '[' && at?.name === 'Number')
        most = Math.max(most, Number(this.source(at)) + 1);
      if (node.name === 'AssignStatement' && isInstance(parts.at(-1)))
        most = Math.max(most, parts.filter(({ name }) => name === 'VariableName').length - 1);
    });
    return most;
  }

  #assign(node: SyntaxNode): NumpyStatement {
    const parts = children(node);
    const at = parts.findIndex(({ name }) => name === 'AssignOp');
    const targets = parts.slice(0, at).filter(({ name }) => name !== ',');
    const odd = targets.find(({ name }) => name !== 'VariableName');
    if (odd !== undefined || at < 0) this.#refuse(odd ?? node);
    const values = this.#values(parts.slice(at + 1));
    const [only] = values;
    const value: NumpyExpression = values.length === 1 && only !== undefined ? only : { kind: 'list', items: values };
    const names = targets.map((target) => this.source(target));
    for (const name of names) this.#known.add(name);
    return { targets: names, value, line: this.#lineOf(node) };
  }

  /** Expressions with commas between them, in brackets or not. */
  #values(nodes: readonly SyntaxNode[]): NumpyExpression[] {
    const parts = nodes.filter(({ name }) => name !== ',');
    const [only] = parts;
    if (parts.length === 1 && only?.name === 'TupleExpression')
      return inner(only).map((item) => this.#expression(item));
    return parts.map((part) => this.#expression(part));
  }

  #expression(node: SyntaxNode): NumpyExpression {
    if (this.#depth > deepest) this.#refuse(node, 'so much nesting');
    this.#depth += 1;
    try {
      return this.#read(node);
    } finally {
      this.#depth -= 1;
    }
  }

  #read(node: SyntaxNode): NumpyExpression {
    const parts = children(node);
    switch (node.name) {
      case 'VariableName':
        return this.#name(node);
      case 'Number':
        return this.#number(node);
      case 'String':
        return this.#string(node);
      case 'Boolean':
        return { kind: 'truth', value: this.source(node) === 'True' };
      case 'None':
        return { kind: 'none' };
      case 'ParenthesizedExpression':
        return this.#expression(inner(node)[0] ?? this.#refuse(node));
      case 'ArrayExpression':
      case 'TupleExpression':
        return { kind: 'list', items: inner(node).map((item) => this.#expression(item)) };
      case 'DictionaryExpression':
        return this.#table(node);
      case 'UnaryExpression':
        if (parts.length !== 2 || this.source(parts[0] as SyntaxNode) !== '-') this.#refuse(node);
        return { kind: 'negative', value: this.#expression(parts[1] as SyntaxNode) };
      case 'BinaryExpression':
        return this.#binary(node, parts);
      case 'MemberExpression':
        return this.#member(node, parts);
      case 'CallExpression':
        return this.#call(node, parts);
      case 'ArrayComprehensionExpression':
        return this.#each(node);
      default:
        return this.#refuse(node);
    }
  }

  #name(node: SyntaxNode): NumpyExpression {
    const name = this.source(node);
    if (this.#known.has(name)) return { kind: 'name', name };
    return this.#constants.get(name) ?? this.#refuse(node, `the name ${name}`);
  }

  #number(node: SyntaxNode): NumpyExpression {
    const text = this.source(node);
    if (!/^(\d+|\d*\.\d*(e[+-]?\d+)?|\d+e[+-]?\d+)$/i.test(text) || !/\d/.test(text)) this.#refuse(node);
    const isInteger = /^\d+$/.test(text);
    if (isInteger && !Number.isSafeInteger(Number(text))) this.#refuse(node);
    return { kind: 'number', value: Number(text), isInteger };
  }

  #string(node: SyntaxNode): NumpyExpression {
    const match = /^(['"])([^'"\\\n]*)\1$/.exec(this.source(node));
    return match === null ? this.#refuse(node) : { kind: 'text', value: match[2] ?? '' };
  }

  #table(node: SyntaxNode): NumpyExpression {
    const parts = children(node).filter(({ name }) => !['{', '}', ',', ':'].includes(name));
    if (parts.length % 2 !== 0) this.#refuse(node);
    const values = parts.map((part) => this.#expression(part));
    const entries = values.flatMap((key, i) => (i % 2 === 0 ? [[key, values[i + 1] as NumpyExpression] as const] : []));
    return { kind: 'table', entries };
  }

  #binary(node: SyntaxNode, [left, operator, right, ...more]: readonly SyntaxNode[]): NumpyExpression {
    if (left === undefined || operator === undefined || right === undefined || more.length > 0) this.#refuse(node);
    const sign = this.source(operator);
    if (!operators.has(sign)) this.#refuse(operator, `the operator ${sign}`);
    return { kind: 'binary', operator: sign, left: this.#expression(left), right: this.#expression(right) };
  }

  #member(node: SyntaxNode, [value, mark, ...rest]: readonly SyntaxNode[]): NumpyExpression {
    if (value === undefined || mark === undefined) this.#refuse(node);
    if (mark.name === '[') return { kind: 'index', value: this.#expression(value), subscripts: this.#subscripts(rest) };
    const dtype = this.#typeOf(node);
    return dtype === undefined ? this.#refuse(node) : { kind: 'type', dtype };
  }

  #typeOf(node: SyntaxNode): NumpyType | undefined {
    const [of, name] = this.source(node).split('.');
    if (of !== this.#numpy || name === undefined) return undefined;
    return numpyTypes.get(name);
  }

  #subscripts(nodes: readonly SyntaxNode[]): Subscript[] {
    const groups: SyntaxNode[][] = [[]];
    for (const node of nodes) {
      if (node.name === ',') groups.push([]);
      else if (node.name !== ']') groups.at(-1)?.push(node);
    }
    return groups.filter((group) => group.length > 0).map((group) => this.#subscript(group));
  }

  #subscript(group: readonly SyntaxNode[]): Subscript {
    const [first] = group as [SyntaxNode];
    if (group.every(({ name }) => name !== ':')) {
      if (group.length > 1) this.#refuse(first);
      return first.name === 'None' ? { kind: 'new' } : { kind: 'at', value: this.#expression(first) };
    }
    const places: (NumpyExpression | null)[] = [null];
    for (const part of group) {
      if (part.name === ':') places.push(null);
      else places[places.length - 1] = this.#expression(part);
    }
    const [from = null, to = null, step = null] = places;
    return { kind: 'slice', from, to, step };
  }

  #call(node: SyntaxNode, [callee, list]: readonly SyntaxNode[]): NumpyExpression {
    if (callee === undefined || list === undefined) this.#refuse(node);
    const dtype = callee.name === 'MemberExpression' ? this.#typeOf(callee) : undefined;
    if (dtype !== undefined) {
      const { args } = this.#arguments(list, []);
      return { kind: 'call', name: 'astype', args: [...args, { kind: 'type', dtype }], named: {} };
    }
    if (callee.name === 'VariableName') {
      const name = this.source(callee);
      if (!pythonCalls.has(name)) this.#refuse(callee, `the function ${name}`);
      return { kind: 'call', name, ...this.#arguments(list, []) };
    }
    const [of, mark, property] = children(callee);
    if (callee.name !== 'MemberExpression' || mark?.name !== '.' || of === undefined || property === undefined)
      this.#refuse(callee);
    const name = this.source(property);
    if (!Object.hasOwn(numpyCalls, name)) this.#refuse(callee, `the function ${name}`);
    const given = this.#arguments(list, numpyCalls[name] ?? []);
    if (this.source(of) === this.#numpy) return { kind: 'call', name, ...given };
    return { kind: 'call', name, args: [this.#expression(of), ...given.args], named: given.named };
  }

  #arguments(
    list: SyntaxNode,
    known: readonly string[],
  ): { readonly args: NumpyExpression[]; readonly named: Record<string, NumpyExpression> } {
    const parts = inner(list);
    const args: NumpyExpression[] = [];
    const named: Record<string, NumpyExpression> = {};
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at] as SyntaxNode;
      const value = parts[at + 2];
      if (parts[at + 1]?.name !== 'AssignOp' || value === undefined) {
        args.push(this.#expression(part));
        continue;
      }
      const name = this.source(part);
      if (!known.includes(name)) this.#refuse(part, `the argument ${name}`);
      named[name] = this.#expression(value);
      at += 2;
    }
    return { args, named };
  }

  /** `[element for variable in over]` */
  #each(node: SyntaxNode): NumpyExpression {
    const [element, word, variable, within, over, ...more] = inner(node);
    if (element === undefined || word?.name !== 'for' || variable?.name !== 'VariableName' || within?.name !== 'in')
      this.#refuse(node);
    if (over === undefined || more.length > 0) this.#refuse(node);
    const name = this.source(variable);
    const list = this.#expression(over);
    const before = this.#known;
    this.#known = new Set([...before, name]);
    const each = this.#expression(element);
    this.#known = before;
    return { kind: 'each', element: each, variable: name, over: list };
  }
}

function isDocumentation(node: SyntaxNode): boolean {
  return node.name === 'ExpressionStatement' && children(node)[0]?.name === 'String';
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'Comment') found.push(child);
  return found;
}

/** The children without brackets and commas. */
function inner(node: SyntaxNode): SyntaxNode[] {
  return children(node).filter(({ name }) => !['(', ')', '[', ']', ','].includes(name));
}
