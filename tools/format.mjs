// Formats the sources: TypeScript, JavaScript and JSON with Biome, C++ with the clang-format that test/requirements.txt pins.
//   npm run format               rewrites
//   npm run format -- --check    tells which files differ

import { readSources } from './layers/sources.mjs';
import { inRoot } from './lib/paths.mjs';
import { main, run, ToolFailure } from './lib/run.mjs';
import { preparePython } from './tests/python.mjs';

async function format() {
  const check = process.argv.includes('--check');
  const results = [
    await run(
      inRoot('node_modules', '.bin', 'biome'),
      ['format', '--max-diagnostics=10', ...(check ? [] : ['--write'])],
      { mayFail: true },
    ),
  ];
  await preparePython();
  const files = readSources()
    .map(({ file }) => file)
    .filter((file) => /^native\/.*\.(cc|h)$/.test(file));
  results.push(
    await run(
      inRoot('build', 'venv', 'bin', 'clang-format'),
      [...(check ? ['--dry-run', '--Werror', '--ferror-limit=3'] : ['-i']), ...files],
      { mayFail: true },
    ),
  );
  if (results.some(({ code }) => code !== 0))
    throw new ToolFailure(
      check ? 'some files are not formatted; run: npm run format' : 'some files could not be formatted',
    );
}

await main('format', format);
