// Durations (`20ms`, `1.5s`) and sizes (`100MiB`) as people write them.

const durationUnits = new Map([
  ['us', 0.001],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

const sizeUnits = new Map([
  ['B', 1],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
  ['TiB', 2 ** 40],
]);

/** How either is written: digits and a unit. */
export const quantity: RegExp = /^(\d{1,15}(?:\.\d{1,9})?)([A-Za-z]{1,3})$/;

function parse(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const match = quantity.exec(text);
  const unit = units.get(match?.[2] ?? '');
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

function format(value: number, units: ReadonlyMap<string, number>): string {
  const fitting = [...units].reverse().find(([, unit]) => value >= unit && Number.isInteger(value / unit));
  const [name, unit] = fitting ?? [...units][0] ?? ['', 1];
  return `${value / unit}${name}`;
}

/** Milliseconds of `20ms`, `1.5s`, `500us`, `2m`, `1h`; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  return parse(text, durationUnits);
}

/** Bytes of `512B`, `64KiB`, `100MiB`, `1GiB`; undefined when the text is no size. */
export function parseSize(text: string): number | undefined {
  const bytes = parse(text, sizeUnits);
  return bytes === undefined ? undefined : Math.round(bytes);
}

/** The shortest exact spelling of a number of milliseconds. */
export function formatDuration(milliseconds: number): string {
  return milliseconds === 0 ? '0ms' : format(milliseconds, durationUnits);
}

/** The shortest exact spelling of a number of bytes. */
export function formatSize(bytes: number): string {
  return format(bytes, sizeUnits);
}
