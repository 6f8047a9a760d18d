import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNumpyFunctions } from './read.ts';

/** Why the function f is not understood; '' where it is. */
function refusal(body: string, before = ''): string {
  const found = readNumpyFunctions(`import numpy as np\n${before}def f(x):\n${body}\n`).get('f');
  assert.ok(found !== undefined);
  return 'message' in found ? `${found.line}: ${found.message}` : '';
}

test('numpy functions: what is not understood is named with its line', () => {
  assert.equal(refusal('    return x.astype(np.float32)'), '');
  assert.equal(refusal('    return x.astype(np.float16)'), '3: np.float16 is not understood');
  assert.equal(refusal('    y = x\n    return cv2.imread(y)'), '4: the function imread is not understood');
  assert.equal(refusal('    return open(x)'), '3: the function open is not understood');
  assert.equal(refusal('    return x @ x'), '3: the operator @ is not understood');
  assert.equal(refusal('    if x:\n        x = 1\n    return x'), '3: if x: is not understood');
  assert.equal(refusal('    x += 1\n    return x'), '3: x += 1 is not understood');
  assert.equal(refusal('    return y'), '3: the name y is not understood');
  assert.equal(refusal('    return np.argmax(x, out=x)'), '3: the argument out is not understood');
  assert.equal(refusal('    return [i for i in x if i]'), '3: [i for i in x if i] is not understood');
  assert.equal(refusal("    return f'{x}'"), "3: f'{x}' is not understood");
  assert.equal(refusal('    global x\n    return x'), '3: global x is not understood');
  assert.equal(refusal('    return'), '2: a function that returns nothing is not understood');
  assert.equal(refusal('    import os\n    return x'), '3: import os is not understood');
  assert.equal(refusal(`    return ${'('.repeat(100)}x${')'.repeat(100)}`), '3: so much nesting is not understood');
});

test('numpy functions: a loop over instances is nothing but its yield', () => {
  const loop = (body: string): string => refusal(`    for a, b in x:\n        ${body}`);
  assert.equal(loop('yield a, b'), '');
  assert.equal(loop('c = a + b\n        yield c'), '');
  assert.equal(loop('c = a'), '3: a function that yields nothing is not understood');
  assert.equal(loop('return a'), '4: return a is not understood');
  assert.equal(loop('yield a\n        yield b'), '5: what follows yield is not understood');
  assert.equal(loop('yield from a'), '4: from is not understood');
  assert.equal(loop('yield x'), '4: the name x is not understood');
  assert.equal(refusal('    for a in y:\n        yield a[0]'), '3: for a in y: is not understood');
  assert.equal(refusal('    for a in x:\n        yield a[99999999]'), '3: for a in x: is not understood');
  assert.equal(refusal('    for a.b in x:\n        yield 1'), '3: a.b is not understood');
  assert.equal(refusal('    yield x'), '3: yield x is not understood');
  assert.equal(refusal('    for a in x:\n        yield a[0]\n    return x'), '3: for a in x: is not understood');
});

test('numpy functions: literals of the top level are known, what is made of anything else is not', () => {
  assert.equal(refusal('    return labels[0]', "labels = ['a', 'b']\n"), '');
  assert.equal(refusal('    return labels[0]', "labels = read('a')\n"), '4: the name labels is not understood');
  // A name that is made anew later may be either.
  assert.equal(refusal('    return a', 'a = 1\na = read()\n'), '5: the name a is not understood');
});
