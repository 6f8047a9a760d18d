// clang-format over the C++ sources, by the style of .clang-format.

import os from 'node:os';
import { inRoot } from './paths.mjs';
import { run } from './run.mjs';

const kProgram = inRoot('build', 'venv', 'bin', 'clang-format');

/** Sources and headers that git knows. */
async function cppFiles() {
  const { out } = await run('git', ['ls-files', '--', '*.cc', '*.h'], { capture: true });
  return out.split('\n').filter((file) => file !== '');
}

/** Formats files, all of C++ where none are given, or with `check` tells which lines differ: {code, out}. The environment of the tests must be there. */
export async function formatCpp({ check, files = [], program = kProgram }) {
  const all = files.length > 0 ? files : await cppFiles();
  const how = check ? ['--dry-run', '--Werror', '--ferror-limit=1'] : ['-i'];
  const shares = Math.min(os.availableParallelism(), all.length);
  const results = await Promise.all(
    Array.from({ length: shares }, (_, share) =>
      run(program, [...how, ...all.filter((_file, i) => i % shares === share)], { capture: true, mayFail: true }),
    ),
  );
  return { code: Math.max(0, ...results.map(({ code }) => code)), out: results.map(({ out }) => out).join('') };
}
