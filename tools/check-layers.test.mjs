import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBudgets, functionsOf } from './layers/budgets.mjs';
import { findCircles } from './layers/circles.mjs';
import { checkIncludes, checkNames, closure, layerOf } from './layers/native.mjs';
import { checkImports, importsOf } from './layers/server.mjs';
import { nativeLayers, serverLayers } from './layers/tables.mjs';

test('layers: the tables have no cycles and name only layers they hold', () => {
  for (const [layer, below] of Object.entries(nativeLayers)) {
    for (const other of below) {
      assert.ok(other in nativeLayers, `${layer} names ${other}`);
      assert.ok(!closure(nativeLayers, other).has(layer), `${layer} and ${other} use each other`);
    }
  }
  const reaches = (from, to, seen = new Set()) =>
    !seen.has(from) && seen.add(from) && serverLayers[from].uses.some((next) => next === to || reaches(next, to, seen));
  for (const [unit, { uses, types = [] }] of Object.entries(serverLayers)) {
    for (const other of [...uses, ...types]) assert.ok(other in serverLayers, `${unit} names ${other}`);
    assert.ok(!reaches(unit, unit), `${unit} reaches itself`);
  }
});

test('includes: the longest folder is the layer', () => {
  assert.equal(layerOf(nativeLayers, 'engines/cpu/builders/conv.cc'), 'engines/cpu/builders');
  assert.equal(layerOf(nativeLayers, 'engines/engine.h'), 'engines');
  assert.equal(layerOf(nativeLayers, 'nowhere/x.cc'), undefined);
});

test('includes: downwards is allowed, upwards and sideways is told with its line', () => {
  assert.deepEqual(
    checkIncludes('native/plan/a.cc', '#include <vector>\n#include "plan/a.h"\n#include "base/status.h"\n'),
    [],
  );
  assert.deepEqual(checkIncludes('native/passes/a.cc', '\n#include "mindir/module.h"\n'), [
    'native/passes/a.cc:2: includes mindir/module.h, but passes must not use mindir',
  ]);
  assert.equal(checkIncludes('native/engines/engine.h', '#include "engines/cpu/base/stream.h"').length, 1);
  assert.equal(checkIncludes('native/base/a.cc', '#include "a.h"').length, 1);
  assert.equal(checkIncludes('native/other/a.cc', '').length, 1);
});

test('includes: the addon may be included by nobody, and Node, oneDNN and OpenMP only where they belong', () => {
  assert.equal(checkIncludes('native/runtime/a.cc', '#include "addon/convert.h"').length, 1);
  assert.equal(checkIncludes('native/tools/a.cc', '#include "addon/convert.h"').length, 1);
  assert.deepEqual(checkIncludes('native/addon/a.cc', '#include <napi.h>\n#include <node_api.h>'), []);
  assert.equal(checkIncludes('native/runtime/a.cc', '#include <napi.h>').length, 1);
  assert.equal(checkIncludes('native/plan/a.cc', '#include <oneapi/dnnl/dnnl.hpp>').length, 1);
  assert.equal(checkIncludes('native/engines/cpu/build/planner.cc', '#include <omp.h>').length, 1);
  assert.deepEqual(checkIncludes('native/engines/cpu/base/openmp.cc', '#include <omp.h>'), []);
});

test('names: plan and runtime know no engine by name, tests and the layers below do', () => {
  assert.deepEqual(checkNames('native/plan/a.cc', '\nif (engine.id() == "tensorrt")\n// trt_nodes\n'), [
    'native/plan/a.cc:2: says tensorrt, but plan knows no engine by name',
    'native/plan/a.cc:3: says trt, but plan knows no engine by name',
  ]);
  assert.equal(checkNames('native/runtime/load/a.h', '// TensorRT').length, 1);
  assert.deepEqual(checkNames('native/plan/a_test.cc', '"tensorrt"'), []);
  assert.deepEqual(checkNames('native/ops/embedded/plugin.cc', '"tensorrt"'), []);
});

test('circles: files that use each other are told once, others are not', () => {
  const ring = [
    { file: 'server/a.ts', text: "import { b } from './b.ts';\nimport { d } from './d.ts';\n" },
    { file: 'server/b.ts', text: "import { c } from './c.ts';\nimport { d } from './d.ts';\n" },
    { file: 'server/c.ts', text: "import type { A } from './a.ts';\n" },
    { file: 'server/d.ts', text: "import path from 'node:path';\n" },
  ];
  assert.deepEqual(findCircles(ring), ['server/a.ts: uses itself by way of server/b.ts, server/c.ts, server/a.ts']);
  assert.deepEqual(findCircles(ring.slice(1)), []);
  const headers = [
    { file: 'native/ir/a.h', text: '#include "ir/b.h"\n' },
    { file: 'native/ir/b.h', text: '#include <vector>\n#include "ir/a.h"\n' },
  ];
  assert.equal(findCircles(headers).length, 1);
});

test('imports: every form is seen', () => {
  const text = `import { a, type B } from './x.ts';
import type { C } from './y.ts';
import { type D, type E } from './z.ts';
export * from './w.ts';
import './side.ts';
import {
  several,
  lines,
} from './v.ts';
const late = await import('./late.ts');
`;
  assert.deepEqual(
    importsOf(text).map(({ from, typesOnly, line }) => [from, typesOnly, line]),
    [
      ['./x.ts', false, 1],
      ['./y.ts', true, 2],
      ['./z.ts', true, 3],
      ['./w.ts', false, 4],
      ['./side.ts', false, 5],
      ['./v.ts', false, 6],
      ['./late.ts', false, 10],
    ],
  );
});

test('imports: types may be taken where values may not', () => {
  const file = 'server/transport/a.ts';
  assert.deepEqual(
    checkImports(
      file,
      "import type { ServedModel } from '../model/served.ts';\nimport { Protocol } from '../protocol/protocol.ts';\n",
    ),
    [],
  );
  assert.deepEqual(checkImports(file, "import { Manager } from '../model/manager.ts';\n"), [
    'server/transport/a.ts:1: imports ../model/manager.ts, but transport may use only the types of model',
  ]);
  assert.equal(checkImports('server/protocol/a.ts', "import type { Http } from '../transport/http.ts';\n").length, 1);
  assert.deepEqual(checkImports('server/protocol/a.test.ts', "import { Http } from '../transport/http.ts';\n"), []);
  assert.equal(checkImports('server/config/a.ts', "import { x } from '../../test/support/y.ts';\n").length, 1);
  assert.equal(checkImports('server/unknown.ts', '').length, 1);
});

test('imports: only the binding loads a native module', () => {
  const text = "const addon = createRequire(import.meta.url)('x.node');\n";
  assert.equal(checkImports('server/model/a.ts', text).length, 1);
  assert.deepEqual(checkImports('server/native/binding.ts', text), []);
});

test('budgets: functions are measured from their header to the brace that closes them', () => {
  const body = (count) => Array.from({ length: count }, (_, i) => `    call(${i});  // }`).join('\n');
  const cpp = `namespace a {\nclass B {\n  int f(int x) const {\n${body(3)}\n  }\n  if (x) {\n  }\n};\n}  // namespace a\n`;
  assert.deepEqual(functionsOf(cpp), [{ line: 3, lines: 5 }]);
  const ts = `describe('x', () => {\n  it('y', async () => {\n${body(2)}\n  });\n});\nexport function g(): Map<string, number> {\n${body(1)}\n}\n`;
  assert.deepEqual(
    functionsOf(ts).map(({ lines }) => lines),
    [4, 3],
  );
  const long = `void f() {\n${body(79)}\n}\n`;
  assert.deepEqual(checkBudgets('native/a.cc', long), ['native/a.cc:1: a function of 81 lines, want at most 80']);
  assert.deepEqual(checkBudgets('native/a.cc', `void f() {\n${body(78)}\n}\n`), []);
});

test('budgets: long files and unfinished work are told', () => {
  assert.deepEqual(checkBudgets('a.ts', 'x;\n'.repeat(601)), ['a.ts: has 601 lines, want at most 600']);
  assert.deepEqual(checkBudgets('a.ts', 'x;\n'.repeat(600)), []);
  assert.deepEqual(checkBudgets('a.ts', 'x;\n'.repeat(601), undefined, { 'a.ts': 'a table' }), []);
  const word = `TO${'DO'}`;
  assert.deepEqual(checkBudgets('a.ts', `ok\n// ${word}: more\n`), [`a.ts:2: has the word ${word}`]);
  assert.deepEqual(checkBudgets('a.ts', `const ${word}S = 1;\n`), []);
});
