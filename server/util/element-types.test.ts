import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elementNames, elementTypes, halfValue, ofElements, upperHalfValue } from './element-types.ts';

test('element types: each row is true to itself', () => {
  assert.equal(elementNames.length, 13);
  for (const name of elementNames) {
    const { bytes, array, descr, kind, range, read, write } = elementTypes[name];
    assert.deepEqual([array.BYTES_PER_ELEMENT, Number(descr.slice(2))], [bytes, bytes], name);
    assert.equal(kind === 'truth' ? 8 : Number(/\d+$/.exec(name)?.[0]), 8 * bytes, name);
    const view = new DataView(new ArrayBuffer(2 * bytes));
    for (const value of [0, 1, ...(range ?? [])]) {
      write(view, bytes, value);
      assert.deepEqual([Number(read(view, 0)), Number(read(view, bytes))], [0, value], name);
    }
    if (range === undefined) continue;
    write(view, 0, range[1] + 1);
    assert.equal(read(view, 0), range[0], `${name}: the next value is beyond`);
  }
});

test('element types: names of others are told once each, and values of 16 bits are exact', () => {
  for (const key of ['numpy', 'mindspore', 'descr'] as const) {
    const names = [...ofElements((info) => info[key]).values()];
    assert.equal(new Set(names).size, names.length, key);
  }
  assert.deepEqual([0x3c00, 0xc000, 0x0001, 0x7c00].map(halfValue), [1, -2, 2 ** -24, Number.POSITIVE_INFINITY]);
  assert.deepEqual([0x3f80, 0xc000].map(upperHalfValue), [1, -2]);
});
