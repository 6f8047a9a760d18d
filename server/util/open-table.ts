// What is open now, by number: a hash table for entries that come and go many thousand times a second.
//
// A Map or Set is built again whenever as many entries have come as it has places, and the table before refers to the one after it. Once one of
// them has reached V8's old generation it is found dead by a full collection alone; until then it keeps all tables after it alive, with
// the entries that each had when it was left, and all that these refer to. The arrays of this one refer to their entries alone, and are
// left only when more are open than ever before.

const EMPTY = -1;
const FIRST_SIZE = 16;

export class OpenTable<T> {
  #keys: number[] = new Array<number>(FIRST_SIZE).fill(EMPTY);
  #values: (T | undefined)[] = new Array<T | undefined>(FIRST_SIZE).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** key: a whole number from 0, not in the table. */
  set(key: number, value: T): void {
    if (2 * (this.#size + 1) > this.#keys.length) this.#grow();
    const place = this.#find(key);
    if (this.#keys[place] === EMPTY) this.#size++;
    this.#keys[place] = key;
    this.#values[place] = value;
  }

  get(key: number): T | undefined {
    return this.#values[this.#find(key)];
  }

  has(key: number): boolean {
    return this.#keys[this.#find(key)] !== EMPTY;
  }

  /** Entries behind the one that goes move up, so that none is parted from its place by an empty one. */
  delete(key: number): void {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let hole = this.#find(key);
    if (keys[hole] === EMPTY) return;
    for (let at = (hole + 1) & mask; keys[at] !== EMPTY; at = (at + 1) & mask) {
      const home = (keys[at] as number) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      keys[hole] = keys[at] as number;
      this.#values[hole] = this.#values[at];
      hole = at;
    }
    keys[hole] = EMPTY;
    this.#values[hole] = undefined;
    this.#size--;
  }

  clear(): void {
    this.#keys.fill(EMPTY);
    this.#values.fill(undefined);
    this.#size = 0;
  }

  /** All entries, in no order, in an array of the caller's. */
  values(): T[] {
    return this.#values.filter((_, place) => this.#keys[place] !== EMPTY) as T[];
  }

  /** Where the key is, or would be. */
  #find(key: number): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let at = key & mask;
    while (keys[at] !== key && keys[at] !== EMPTY) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Array<number>(2 * keys.length).fill(EMPTY);
    this.#values = new Array<T | undefined>(2 * keys.length).fill(undefined);
    for (let at = 0; at < keys.length; at++) {
      if (keys[at] === EMPTY) continue;
      const place = this.#find(keys[at] as number);
      this.#keys[place] = keys[at] as number;
      this.#values[place] = values[at];
    }
  }
}
