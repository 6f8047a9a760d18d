// Formats sources: TypeScript, JavaScript and JSON with Biome, C++ with the clang-format that test/requirements.txt pins.
//   npm run format                       everything
//   npm run format -- native/a.cc …      everything Biome knows, and of C++ these files
//   npm run format -- --check …          rewrites nothing, tells which files differ

import { parseArgs } from 'node:util';
import { formatCpp } from './lib/clang-format.mjs';
import { inRoot } from './lib/paths.mjs';
import { main, run, ToolFailure } from './lib/run.mjs';
import { preparePython } from './tests/python.mjs';

async function format() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean', default: false } },
  });
  const { check } = values;
  await preparePython();
  const biome = await run(
    inRoot('node_modules', '.bin', 'biome'),
    ['format', '--max-diagnostics=10', ...(check ? [] : ['--write'])],
    { mayFail: true },
  );
  const cpp = await formatCpp({ check, files: positionals });
  process.stdout.write(cpp.out);
  if (biome.code !== 0 || cpp.code !== 0)
    throw new ToolFailure(check ? 'some files are not formatted' : 'some files could not be formatted');
}

await main('format', format);
