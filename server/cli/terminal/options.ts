// Command line values that yargs has no type for.

import { parseDuration } from '../../config/units.ts';
import { UsageError } from '../failure.ts';

/** Reads a duration option ("10s", "250ms") as milliseconds. */
export function durationOption(name: string): (text: string) => number {
  return (text) => {
    const ms = parseDuration(text);
    if (ms === undefined || ms <= 0)
      throw new UsageError(`--${name}: found "${text}", want a duration like 500ms, 10s or 2m`);
    return ms;
  };
}

/** Reads an option that must be a positive number, whole when asked. */
export function positiveOption(name: string, whole: boolean): (value: number) => number {
  return (value) => {
    if (!(value > 0) || !Number.isFinite(value) || (whole && !Number.isInteger(value))) {
      throw new UsageError(`--${name}: found ${value}, want a positive ${whole ? 'whole number' : 'number'}`);
    }
    return value;
  };
}

/** Reads repeated `input=1,3,224,224` options. */
export function shapeOptions(texts: readonly string[]): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const text of texts) {
    const [, name, dims] = /^(.+)=(\d{1,15}(?:,\d{1,15})*)?$/.exec(text) ?? [];
    if (name === undefined) throw new UsageError(`--shape: found "${text}", want INPUT=1,3,224,224`);
    if (shapes.has(name)) throw new UsageError(`--shape: input "${name}" is given twice`);
    shapes.set(name, dims === undefined ? [] : dims.split(',').map(Number));
  }
  return shapes;
}

/** Reads `LOW:HIGH`. */
export function rangeOption(name: string): (text: string) => readonly [number, number] {
  return (text) => {
    const [, low, high] = /^(-?\d{1,9}):(-?\d{1,9})$/.exec(text) ?? [];
    if (low === undefined || Number(low) > Number(high))
      throw new UsageError(`--${name}: found "${text}", want LOW:HIGH like 0:1`);
    return [Number(low), Number(high)];
  };
}
