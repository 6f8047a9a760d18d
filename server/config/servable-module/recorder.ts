// Collects what a servable_config.mjs declares, and what is wrong with it, each with its line.

import { nearestPath } from '../nearest.ts';
import type { Problem } from '../problem.ts';
import { parseDuration, parseSize } from '../units.ts';
import type { MethodPlan, MethodTensor, ModelPlan, TensorType } from './plan.ts';
import { tensorTypes } from './plan.ts';

export type Options = Readonly<Record<string, unknown>>;

const mostProblems = 50;

export class Recorder {
  /** The module, as a URL and as a path. */
  readonly #url: string;
  readonly #file: string;
  readonly problems: Problem[] = [];
  readonly models: ModelPlan[] = [];
  readonly methods: MethodPlan[] = [];
  readonly functions: ((...args: never) => unknown)[] = [];
  workers = 1;
  memory: number = 256 * 2 ** 20;
  maxQueue = 256;

  constructor(url: string, file: string) {
    this.#url = url;
    this.#file = file;
  }

  /** Notes what is wrong at `path`, at the line of the module from which this was reached. */
  problem(path: string, message: string): void {
    this.problemOf(new Error(), path, message);
  }

  /** The same for an error, whose line counts. */
  problemOf(error: unknown, path: string, message: string): void {
    if (this.problems.length < mostProblems)
      this.problems.push({ source: this.#file, line: this.#lineOf(error), path, message });
  }

  #lineOf(error: unknown): number {
    const stack = error instanceof Error ? String(error.stack) : '';
    const at = stack.indexOf(`${this.#url}:`);
    return at < 0 ? 0 : Number.parseInt(stack.slice(at + this.#url.length + 1), 10) || 0;
  }

  /** The options of a call, whose keys must be known. */
  options(given: unknown, known: readonly string[], path: string): Options {
    if (given === undefined) return {};
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      this.problem(path, 'want an object');
      return {};
    }
    for (const key of Object.keys(given))
      if (!known.includes(key))
        this.problem(`${path}.${key}`, `is not known, the nearest known one is ${nearestPath(key, known)}`);
    return given as Options;
  }

  text(options: Options, key: string, path: string, fallback = ''): string {
    const value = options[key];
    if (value === undefined) return fallback;
    if (typeof value === 'string' && value.length <= 1000) return value;
    this.problem(`${path}.${key}`, 'want a text of at most 1000 characters');
    return fallback;
  }

  integer(
    options: Options,
    key: string,
    path: string,
    [low, fallback, high]: readonly [number, number, number],
  ): number {
    const value = options[key];
    if (value === undefined) return fallback;
    if (Number.isInteger(value) && Number(value) >= low && Number(value) <= high) return Number(value);
    this.problem(`${path}.${key}`, `found ${shown(value)}, want a whole number from ${low} to ${high}`);
    return fallback;
  }

  /** Milliseconds of '500ms'. */
  duration(options: Options, key: string, path: string, fallback: number): number {
    const value = options[key];
    if (value === undefined) return fallback;
    const found = typeof value === 'string' ? parseDuration(value) : undefined;
    if (found !== undefined && found >= 1 && found <= 3_600_000) return found;
    this.problem(`${path}.${key}`, `found ${shown(value)}, want a duration from 1ms to 1h such as 500ms`);
    return fallback;
  }

  /** Bytes of '256MiB'. */
  size(options: Options, key: string, path: string, fallback: number): number {
    const value = options[key];
    if (value === undefined) return fallback;
    const found = typeof value === 'string' ? parseSize(value) : undefined;
    if (found !== undefined && found >= 16 * 2 ** 20 && found <= 64 * 2 ** 30) return found;
    this.problem(`${path}.${key}`, `found ${shown(value)}, want a size from 16MiB to 64GiB such as 256MiB`);
    return fallback;
  }

  /** The tensors of a signature: NAME: { dtype, shape, description }. */
  tensors(given: unknown, path: string): MethodTensor[] {
    if (typeof given !== 'object' || given === null || Array.isArray(given) || Object.keys(given).length === 0) {
      this.problem(path, 'want { NAME: { dtype, shape, description }, … }');
      return [];
    }
    return Object.entries(given).map(([name, value]) => this.#tensor(name, value, `${path}.${name}`));
  }

  #tensor(name: string, value: unknown, path: string): MethodTensor {
    if (!/^[A-Za-z_][\w.-]{0,127}$/.test(name)) this.problem(path, 'want a name of letters, digits, _ . and -');
    const options = this.options(value ?? null, ['dtype', 'shape', 'description'], path);
    const { dtype = 'FP32', shape } = options;
    const known: readonly string[] = tensorTypes;
    if (!known.includes(String(dtype)))
      this.problem(
        `${path}.dtype`,
        `found ${shown(dtype)}, want one of ${known.join(', ')}, the nearest is ${nearestPath(String(dtype), known)}`,
      );
    const sizes = Array.isArray(shape) ? shape : [];
    if (!Array.isArray(shape) || sizes.length > 32 || !sizes.every((size) => Number.isSafeInteger(size) && size >= -1))
      this.problem(`${path}.shape`, `found ${shown(shape)}, want a list of sizes, -1 where one is open`);
    return { name, dtype: dtype as TensorType, shape: sizes, description: this.text(options, 'description', path) };
  }
}

/** A value inside a message. */
export function shown(value: unknown): string {
  const text = typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
