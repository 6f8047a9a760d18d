// Good and bad calls over sliding windows, kept in rings of time buckets of three widths: short windows are read from narrow buckets,
// long ones from wide ones. The time is always a parameter, in milliseconds on a steady clock.
//
//   10 s × 360        5 m, 30 m, 1 h
//   5 min × 864       6 h, 3 d
//   window/720 × 720  the objective's own window, a month as a rule

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

export interface Tally {
  readonly good: number;
  readonly bad: number;
}

/** One ring: the newest `size` buckets of `width` milliseconds. */
export class Ring {
  readonly width: number;
  readonly size: number;
  readonly #good: Uint32Array;
  readonly #bad: Uint32Array;
  /** Number of the newest bucket since time 0. */
  #newest = 0;

  constructor(width: number, size: number) {
    this.width = width;
    this.size = size;
    this.#good = new Uint32Array(size);
    this.#bad = new Uint32Array(size);
  }

  /** Counts one call; a time before the newest bucket's counts in that bucket. */
  add(now: number, good: boolean): void {
    this.#advance(now);
    const counts = good ? this.#good : this.#bad;
    const place = this.#newest % this.size;
    counts[place] = (counts[place] ?? 0) + 1;
  }

  /** The sums of the last `span` milliseconds: of the bucket that `now` is in and those before it, span/width in all. */
  read(now: number, span: number): Tally {
    this.#advance(now);
    const buckets = Math.min(this.size, Math.round(span / this.width));
    let [good, bad] = [0, 0];
    for (let back = 0; back < buckets && back <= this.#newest; back++) {
      const place = (this.#newest - back) % this.size;
      good += this.#good[place] ?? 0;
      bad += this.#bad[place] ?? 0;
    }
    return { good, bad };
  }

  /** Empties the buckets that time has passed over. */
  #advance(now: number): void {
    const bucket = Math.floor(now / this.width);
    if (bucket <= this.#newest) return;
    if (bucket - this.#newest >= this.size) {
      this.#good.fill(0);
      this.#bad.fill(0);
    } else {
      for (let next = this.#newest + 1; next <= bucket; next++) {
        this.#good[next % this.size] = 0;
        this.#bad[next % this.size] = 0;
      }
    }
    this.#newest = bucket;
  }
}

/** The windows over which burn rates are told, by name. */
export const burnWindows: Readonly<Record<BurnWindow, number>> = {
  '5m': 5 * minute,
  '30m': 30 * minute,
  '1h': hour,
  '6h': 6 * hour,
  '3d': 72 * hour,
};

export type BurnWindow = '5m' | '30m' | '1h' | '6h' | '3d';

const longBuckets = 720;

export class Windows {
  /** Made by the first call: many servables are never asked. */
  #rings: readonly Ring[] | undefined;
  readonly #window: number;

  /** `window` of the objective in milliseconds. */
  constructor(window: number) {
    this.#window = window;
  }

  add(now: number, good: boolean): void {
    const wide = this.#window / longBuckets;
    this.#rings ??= [new Ring(10 * second, 360), new Ring(5 * minute, 864), new Ring(wide, longBuckets)];
    for (const ring of this.#rings) ring.add(now, good);
  }

  /** The last `span` milliseconds, read from the narrowest buckets that reach as far. */
  read(now: number, span: number): Tally {
    const rings = this.#rings ?? [];
    const ring = rings.find(({ width, size }) => width * size >= span) ?? rings.at(-1);
    return ring?.read(now, span) ?? { good: 0, bad: 0 };
  }

  /** The objective's whole window. */
  whole(now: number): Tally {
    return this.#rings?.at(-1)?.read(now, this.#window) ?? { good: 0, bad: 0 };
  }
}
