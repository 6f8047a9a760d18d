// Formats sources: TypeScript, JavaScript and JSON with Biome; C++ files named on the command line with the clang-format that
// test/requirements.txt pins.
//   npm run format                       everything Biome knows
//   npm run format -- native/a.cc …      and these C++ files
//   npm run format -- --check …          rewrites nothing, tells which files differ

import { parseArgs } from 'node:util';
import { inRoot } from './lib/paths.mjs';
import { main, run, ToolFailure } from './lib/run.mjs';
import { preparePython } from './tests/python.mjs';

async function format() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean', default: false } },
  });
  const { check } = values;
  const commands = [
    [inRoot('node_modules', '.bin', 'biome'), 'format', '--max-diagnostics=10', ...(check ? [] : ['--write'])],
  ];
  if (positionals.length > 0) {
    await preparePython();
    const how = check ? ['--dry-run', '--Werror', '--ferror-limit=3'] : ['-i'];
    commands.push([inRoot('build', 'venv', 'bin', 'clang-format'), ...how, ...positionals]);
  }
  for (const [program, ...args] of commands) {
    const { code } = await run(program, args, { mayFail: true });
    if (code !== 0) throw new ToolFailure(check ? 'some files are not formatted' : 'some files could not be formatted');
  }
}

await main('format', format);
