// The schemas of Kubernetes and of what the deployment files use beside it, from the modules of Go that hold them; Go fetches them as it fetches any.

import path from 'node:path';
import { goProgram } from '../lib/go.mjs';
import { dependencies } from '../lib/paths.mjs';
import { run, ToolFailure } from '../lib/run.mjs';

const kModules = {
  kubernetes: 'k8s.io/kubernetes@v1.33.4',
  kserve: 'github.com/kserve/kserve@v0.15.2',
  prometheus: 'github.com/prometheus-operator/prometheus-operator@v0.82.2',
};

/** Makes sure the modules are there; returns the schema of Kubernetes and the folders of the others' definitions. */
export async function prepareKubernetesSchemas() {
  const go = await goProgram();
  if (go === undefined) throw new ToolFailure('no Go tool chain');
  const folders = {};
  for (const [name, module] of Object.entries(kModules)) {
    const { code, out } = await run(go, ['mod', 'download', '-json', module], {
      capture: true,
      mayFail: true,
      env: { GOMODCACHE: path.join(dependencies, 'go'), GOFLAGS: '-modcacherw' },
    });
    if (code !== 0) throw new ToolFailure(`go mod download ${module}: ${out.trim().split('\n').at(-1)}`);
    folders[name] = JSON.parse(out.slice(out.indexOf('{'))).Dir;
  }
  return {
    kubernetes: path.join(folders.kubernetes, 'api', 'openapi-spec', 'swagger.json'),
    definitions: [
      path.join(folders.kserve, 'config', 'crd', 'full'),
      path.join(folders.prometheus, 'example', 'prometheus-operator-crd'),
    ],
  };
}
