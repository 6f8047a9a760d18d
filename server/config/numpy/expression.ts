// The part of NumPy that functions of a servable_config.py may be made of, as data: assignments of expressions to names, and results.

import { type ElementType, ofElements } from '../../util/element-types.ts';

/** Element types that files of servables may name, all but those of 16 bits. */
export type NumpyType = Exclude<ElementType, 'FP16' | 'BF16'>;

/** By the names that NumPy has for them. */
export const numpyTypes: ReadonlyMap<string, NumpyType> = new Map(
  [...ofElements(({ numpy }) => numpy)].map(([type, name]) => [name, type as NumpyType]),
);

export type Subscript =
  | { readonly kind: 'at'; readonly value: NumpyExpression }
  | {
      readonly kind: 'slice';
      readonly from: NumpyExpression | null;
      readonly to: NumpyExpression | null;
      readonly step: NumpyExpression | null;
    }
  | { readonly kind: 'new' };

export type NumpyExpression =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'number'; readonly value: number; readonly isInteger: boolean }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'truth'; readonly value: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'type'; readonly dtype: NumpyType }
  | { readonly kind: 'list'; readonly items: readonly NumpyExpression[] }
  /** A dictionary of literals. */
  | { readonly kind: 'table'; readonly entries: readonly (readonly [NumpyExpression, NumpyExpression])[] }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: NumpyExpression;
      readonly right: NumpyExpression;
    }
  | { readonly kind: 'negative'; readonly value: NumpyExpression }
  /** `np.argmax(x, axis=1)` and `x.argmax(axis=1)` are the same. */
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: readonly NumpyExpression[];
      readonly named: Readonly<Record<string, NumpyExpression>>;
    }
  | { readonly kind: 'index'; readonly value: NumpyExpression; readonly subscripts: readonly Subscript[] }
  /** `[element for variable in over]` */
  | {
      readonly kind: 'each';
      readonly element: NumpyExpression;
      readonly variable: string;
      readonly over: NumpyExpression;
    };

export interface NumpyStatement {
  readonly targets: readonly string[];
  /** One for each target, or one that has as many items. */
  readonly value: NumpyExpression;
  readonly line: number;
}

export interface NumpyFunction {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: readonly NumpyStatement[];
  readonly results: readonly NumpyExpression[];
  readonly line: number;
  /** It is given many instances together, and does this with each. */
  readonly overInstances?: true;
}

/** Functions that are understood, with the names their arguments may be given by after the first. */
export const numpyCalls: Readonly<Record<string, readonly string[]>> = {
  argmax: ['axis'],
  argmin: ['axis'],
  argsort: ['axis'],
  max: ['axis', 'keepdims'],
  amax: ['axis', 'keepdims'],
  min: ['axis', 'keepdims'],
  amin: ['axis', 'keepdims'],
  sum: ['axis', 'keepdims'],
  mean: ['axis', 'keepdims'],
  exp: [],
  log: [],
  sqrt: [],
  abs: [],
  clip: [],
  squeeze: ['axis'],
  expand_dims: ['axis'],
  reshape: [],
  ravel: [],
  flatten: [],
  transpose: [],
  astype: [],
  array: ['dtype'],
  asarray: ['dtype'],
  tolist: [],
  join: [],
  item: [],
};

/** Functions of Python itself. */
export const pythonCalls: ReadonlySet<string> = new Set([
  'len',
  'int',
  'float',
  'str',
  'list',
  'max',
  'min',
  'abs',
  'sum',
]);
