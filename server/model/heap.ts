// A binary heap: the least item first, adding and taking in logarithmic time.

export class Heap<T> {
  readonly #items: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  /** `compare` as for sorting. */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapped(parent, at)) break;
      at = parent;
    }
  }

  /** Removes the least item; undefined when there is none. */
  take(): T | undefined {
    const items = this.#items;
    const [least] = items;
    const last = items.pop();
    if (items.length === 0 || last === undefined) return least;
    items[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const child = left + 1 < items.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (child >= items.length || !this.#swapped(at, child)) return least;
      at = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#items[a], this.#items[b]];
    return x !== undefined && y !== undefined && this.#compare(x, y) < 0;
  }

  /** Swaps a parent and its child where they are out of order. */
  #swapped(parent: number, child: number): boolean {
    if (!this.#isBefore(child, parent)) return false;
    const items = this.#items;
    [items[parent], items[child]] = [items[child] as T, items[parent] as T];
    return true;
  }
}
