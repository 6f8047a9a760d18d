// Works out a function of a servable_config.py that was read as NumPy expressions. It runs in the server's own thread: there is nothing in it but
// array arithmetic of bounded size.

import type { NumpyExpression, NumpyFunction, Subscript } from '../../config/numpy/expression.ts';
import { ServingError } from '../../errors.ts';
import type { StageTensor } from '../bind.ts';
import { argsort, axisOf, binary, cast, each, reduced, reductions } from './arithmetic.ts';
import {
  arrayOf,
  asValue,
  beginWork,
  fail,
  type NdArray,
  NumpyFailure,
  spend,
  stridesOf,
  tensorOf,
  type Value,
  viewed,
} from './array.ts';
import { type Index, indexed, wholeOf } from './indexing.ts';

type Names = ReadonlyMap<string, Value>;

/** The results of a function for its arguments; throws STAGE_FAILED with the line. */
export function runNumpy(fn: NumpyFunction, args: readonly StageTensor[]): StageTensor[] {
  let { line } = fn;
  beginWork();
  try {
    if (args.length !== fn.parameters.length) fail(`${args.length} arguments for ${fn.parameters.length} parameters`);
    const names = new Map(fn.parameters.map((name, i) => [name, asValue(args[i] as StageTensor)] as const));
    for (const statement of fn.body) {
      ({ line } = statement);
      assign(names, statement.targets, evaluate(statement.value, names));
    }
    return fn.results.map((result) => tensorOf(evaluate(result, names)));
  } catch (caught) {
    if (!(caught instanceof NumpyFailure)) throw caught;
    throw new ServingError(
      'STAGE_FAILED',
      `servable_config.py:${line}: ${fn.name}: ${caught.message} cannot be worked out`,
    );
  } finally {
    beginWork();
  }
}

function assign(names: Map<string, Value>, targets: readonly string[], value: Value): void {
  const [only, ...more] = targets;
  if (only === undefined) return;
  if (more.length === 0) return void names.set(only, value);
  const items = itemsOf(value);
  if (items.length !== targets.length) fail(`${items.length} values for ${targets.length} names`);
  targets.forEach((target, i) => names.set(target, items[i] as Value));
}

/** What a loop over the value takes, one after the other. */
function itemsOf(value: Value): readonly Value[] {
  if (value.kind === 'list') return value.items;
  if (value.kind !== 'array' || value.shape.length === 0) return fail(`a loop over ${value.kind}`);
  return Array.from({ length: value.shape[0] as number }, (_, i) =>
    indexed(value, [{ kind: 'at', value: { kind: 'number', value: i, isInteger: true } }]),
  );
}

function evaluate(expression: NumpyExpression, names: Names): Value {
  // What a step costs beside its elements.
  spend(512);
  switch (expression.kind) {
    case 'name':
      return names.get(expression.name) ?? fail(`the name ${expression.name}`);
    case 'list':
      return { kind: 'list', items: expression.items.map((item) => evaluate(item, names)) };
    case 'table': {
      const entries = expression.entries.map(([key, value]) => [evaluate(key, names), evaluate(value, names)] as const);
      return { kind: 'table', entries };
    }
    case 'binary':
      return binary(expression.operator, evaluate(expression.left, names), evaluate(expression.right, names));
    case 'negative': {
      const value = evaluate(expression.value, names);
      return value.kind === 'number' ? { ...value, value: 0 - value.value } : each(value, (x) => -x, true);
    }
    case 'index': {
      const subscripts = expression.subscripts.map((subscript) => indexOf(subscript, names));
      return indexed(evaluate(expression.value, names), subscripts);
    }
    case 'each': {
      const items = itemsOf(evaluate(expression.over, names)).map((item) =>
        evaluate(expression.element, new Map([...names, [expression.variable, item]])),
      );
      return { kind: 'list', items };
    }
    case 'call': {
      const args = expression.args.map((arg) => evaluate(arg, names));
      const named = new Map(Object.entries(expression.named).map(([name, arg]) => [name, evaluate(arg, names)]));
      return call(expression.name, args, named);
    }
    default:
      return expression;
  }
}

function indexOf(subscript: Subscript, names: Names): Index {
  if (subscript.kind === 'new') return subscript;
  if (subscript.kind === 'at') return { kind: 'at', value: evaluate(subscript.value, names) };
  const bound = (given: NumpyExpression | null): number | undefined => {
    const value = given === null ? undefined : evaluate(given, names);
    if (value === undefined || value.kind === 'none') return undefined;
    return wholeOf(value) ?? fail('a slice by no whole number');
  };
  return { kind: 'slice', from: bound(subscript.from), to: bound(subscript.to), step: bound(subscript.step) ?? 1 };
}

type Named = ReadonlyMap<string, Value>;

const realFunctions: Readonly<Record<string, (x: number) => number>> = {
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
};

function call(name: string, args: readonly Value[], named: Named): Value {
  const [first, second, third] = args;
  if (first === undefined) return fail(`${name} of nothing`);
  const reduction = reductions[name];
  if (reduction !== undefined) {
    const axis = wholeArgument(second ?? named.get('axis'), `the axis of ${name}`);
    const keeps = third ?? named.get('keepdims');
    return reduced(first, reduction, axis, keeps?.kind === 'truth' && keeps.value);
  }
  const real = realFunctions[name];
  if (real !== undefined) return each(first, real);
  const shaped = reshapings[name];
  if (shaped !== undefined) return shaped(arrayOf(first), args.slice(1), named);
  if (name === 'abs') return each(first, Math.abs, true);
  if (name === 'clip') return clip(first, second, third);
  if (name === 'argsort') {
    const axis = wholeArgument(second ?? named.get('axis'), 'the axis of argsort') ?? -1;
    const { length } = arrayOf(first).shape;
    return axisOf(axis, length) === length - 1 ? argsort(first) : fail('argsort along another axis than the last');
  }
  if (name === 'astype' || name === 'array' || name === 'asarray')
    return typed(name, first, second ?? named.get('dtype'));
  return python(name, first, second);
}

function wholeArgument(value: Value | undefined, what: string): number | undefined {
  if (value === undefined || value.kind === 'none') return undefined;
  return wholeOf(value) ?? fail(`${what}, which is no whole number,`);
}

function clip(value: Value, low: Value | undefined, high: Value | undefined): Value {
  if (low?.kind !== 'number' || high?.kind !== 'number') return fail('clip without two numbers');
  return each(value, (x) => Math.min(high.value, Math.max(low.value, x)), low.isInteger && high.isInteger);
}

function typed(name: string, value: Value, dtype: Value | undefined): NdArray {
  const array = arrayOf(value);
  if (dtype === undefined) return name === 'astype' ? fail('astype without a type') : array;
  if (dtype.kind === 'type') return cast(array, dtype.dtype);
  return fail(`a type that is ${dtype.kind === 'text' ? dtype.value : dtype.kind}`);
}

/** Functions of Python, and of what is no array. */
function python(name: string, value: Value, second: Value | undefined): Value {
  if (name === 'len') return { kind: 'number', value: lengthOf(value), isInteger: true };
  if (name === 'list') return { kind: 'list', items: itemsOf(value) };
  if (name === 'tolist') return listOf(arrayOf(value));
  if (name === 'join') {
    const items = second === undefined ? fail('join of nothing') : itemsOf(second);
    const texts = items.map((item) => (item.kind === 'text' ? item.value : fail(`join of ${item.kind}`)));
    return value.kind === 'text' ? { kind: 'text', value: texts.join(value.value) } : fail(`join of ${value.kind}`);
  }
  if (name === 'str') {
    const whole = wholeOf(value);
    if (value.kind === 'text') return value;
    return whole === undefined
      ? fail('the text of a number that is not whole')
      : { kind: 'text', value: String(whole) };
  }
  const array = arrayOf(value);
  const number = array.data.length === 1 ? (array.data[0] as number) : fail(`${name} of ${array.data.length} elements`);
  if (name === 'int' || (name === 'item' && /INT/.test(array.dtype)))
    return Number.isFinite(number)
      ? { kind: 'number', value: Math.trunc(number), isInteger: true }
      : fail(`int of ${number}`);
  if (name === 'float' || name === 'item') return { kind: 'number', value: number, isInteger: false };
  return fail(name);
}

function lengthOf(value: Value): number {
  if (value.kind === 'text') return [...value.value].length;
  return value.kind === 'table' ? value.entries.length : itemsOf(value).length;
}

function listOf(array: NdArray): Value {
  if (array.shape.length > 0) return { kind: 'list', items: itemsOf(array).map((item) => listOf(arrayOf(item))) };
  return { kind: 'number', value: array.data[0] as number, isInteger: /INT/.test(array.dtype) };
}

type Reshaping = (array: NdArray, args: readonly Value[], named: Named) => NdArray;

/** The whole numbers of arguments given one by one or as one list. */
function sizesOf(args: readonly Value[]): number[] {
  const [first] = args;
  const list = args.length === 1 && first?.kind === 'list' ? first.items : args;
  return list.map((value) => wholeOf(value) ?? fail('a size that is no whole number'));
}

const flat: Reshaping = (array) => ({ ...array, shape: [array.data.length] });

const reshapings: Readonly<Record<string, Reshaping>> = {
  ravel: flat,
  flatten: flat,
  reshape: (array, args) => {
    const wanted = sizesOf(args);
    const known = wanted.filter((size) => size >= 0).reduce((product, size) => product * size, 1);
    const shape = wanted.map((size) => (size < 0 ? array.data.length / known : size));
    const fits = wanted.filter((size) => size < 0).length <= 1 && shape.every(Number.isInteger);
    if (!fits || shape.reduce((product, size) => product * size, 1) !== array.data.length)
      fail(`[${array.shape}] in the shape [${wanted}]`);
    return { ...array, shape };
  },
  squeeze: (array, args, named) => {
    const axis = wholeArgument(args[0] ?? named.get('axis'), 'the axis of squeeze');
    const at = axis === undefined ? undefined : axisOf(axis, array.shape.length);
    if (at !== undefined && array.shape[at] !== 1) fail(`squeeze of an axis of ${array.shape[at]}`);
    return { ...array, shape: array.shape.filter((size, i) => (at === undefined ? size !== 1 : i !== at)) };
  },
  expand_dims: (array, args, named) => {
    const axis =
      wholeArgument(args[0] ?? named.get('axis'), 'the axis of expand_dims') ?? fail('expand_dims without an axis');
    const at = axisOf(axis, array.shape.length + 1);
    return { ...array, shape: [...array.shape.slice(0, at), 1, ...array.shape.slice(at)] };
  },
  transpose: (array, args) => {
    const axes = args.length === 0 ? array.shape.map((_, i) => array.shape.length - 1 - i) : sizesOf(args);
    const places = axes.map((axis) => axisOf(axis, array.shape.length));
    if (new Set(places).size !== array.shape.length) fail(`transpose by [${axes}]`);
    const strides = stridesOf(array.shape);
    return viewed(
      array,
      places.map((i) => array.shape[i] as number),
      places.map((i) => strides[i] as number),
    );
  },
};
