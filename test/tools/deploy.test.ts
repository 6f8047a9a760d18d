// The deployment files against the program: ports, paths, flags and variables they use must exist.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { environmentName, fieldPaths } from '../../server/config/field.ts';
import { serverFields } from '../../server/config/server-fields.ts';
import { type HttpParts, ownRoutes } from '../../server/transport/http/routes.ts';
import { projectPath } from '../../server/util/root.ts';

const deploy = projectPath('deploy');
const files = readdirSync(deploy, { recursive: true, encoding: 'utf8' });
const text = (file: string): string => readFileSync(path.join(deploy, file), 'utf8');

interface Container {
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string | number };
  readonly timeoutSeconds?: number;
}

interface Resource {
  readonly spec: {
    readonly containers?: readonly Container[];
    readonly template?: { readonly spec: { readonly containers: readonly Container[] } };
    readonly ports?: readonly { readonly name: string; readonly port: number; readonly targetPort: string }[];
    readonly endpoints?: readonly { readonly port: string; readonly path: string }[];
  };
}

const documents = <T>(file: string): readonly T[] =>
  parseAllDocuments(text(file)).map((document) => document.toJS() as T);

/** Every container of the Kubernetes files. */
function workloads(): readonly { readonly file: string; readonly container: Container }[] {
  return files
    .filter((file) => /^k8s\/.*\.yaml$/.test(file))
    .flatMap((file) =>
      documents<Resource>(file)
        .flatMap(({ spec }) => spec?.template?.spec.containers ?? spec?.containers ?? [])
        .map((container) => ({ file, container })),
    );
}

const portOf = (address: string): number => Number(address.split(':').at(-1));
const defaultPorts = {
  grpc: portOf(serverFields.server.fields.grpc.default[0]),
  http: portOf(serverFields.server.fields.http.default),
};

function assertServed(target: string): void {
  assert.ok(
    ownRoutes({} as HttpParts).some(({ path: served }) => served === target),
    `${target}: the HTTP port has no such path`,
  );
}

function checkContainer(file: string, { args, env = [], ports, readinessProbe, livenessProbe }: Container): void {
  const fields = fieldPaths(serverFields);
  const flags = new Map<string, unknown>(
    fields.flatMap(({ field }) => (field.flag === undefined ? [] : [[`--${field.flag}`, field] as const])),
  );
  assert.equal(args[0], 'serve', file);
  for (let i = 1; i < args.length; i += 2) assert.ok(flags.has(args[i] ?? ''), `${file}: serve has no ${args[i]}`);
  const variables = new Set(fields.map(({ path: field }) => environmentName(field)));
  for (const { name } of env) assert.ok(variables.has(name), `${file}: ${name} is no variable of the server`);
  const told = (flag: string, usual: number): number => {
    const at = args.indexOf(flag);
    return at < 0 ? usual : portOf(args[at + 1] ?? '');
  };
  const [grpc, http] = [told('--grpc', defaultPorts.grpc), told('--http', defaultPorts.http)];
  for (const { containerPort } of ports) assert.ok([grpc, http].includes(containerPort), `${file}: ${containerPort}`);
  for (const { httpGet, timeoutSeconds } of [readinessProbe, livenessProbe]) {
    assert.ok((timeoutSeconds ?? 1) >= 5, `${file}: a busy machine may take longer to answer ${httpGet.path}`);
    const port = ports.find(({ name }) => name === httpGet.port)?.containerPort ?? httpGet.port;
    assert.equal(port, http, `${file}: ${httpGet.path}`);
    assertServed(httpGet.path);
  }
}

describe('deployment files', () => {
  const yaml = files.filter((file) => /\.ya?ml$/.test(file) && !file.startsWith('helm/templates/'));

  it('every YAML file parses', () => {
    assert.ok(yaml.length >= 9, `only ${yaml.length} files`);
    for (const file of yaml) {
      for (const document of parseAllDocuments(text(file))) assert.deepEqual(document.errors, [], file);
    }
  });

  it('panels of the dashboard have a query each and do not overlap', () => {
    const dashboard = JSON.parse(text('docker/grafana/dashboards/mindird.json')) as {
      panels: { title: string; targets: { expr: string }[]; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    const taken = new Map<string, string>();
    for (const { title, targets, gridPos } of dashboard.panels) {
      assert.ok(targets.length > 0 && targets.every(({ expr }) => expr.length > 0), title);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        assert.ok(x < 24, title);
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.equal(taken.get(`${x},${y}`), undefined, `${title} overlaps`);
          taken.set(`${x},${y}`, title);
        }
      }
    }
  });

  it('containers are told ports, paths, flags and variables that the server has', () => {
    const containers = workloads();
    assert.deepEqual(containers.map(({ file }) => file).sort(), [
      'k8s/deployment.yaml',
      'k8s/gpu/deployment.yaml',
      'k8s/kserve/runtime.yaml',
      'k8s/kserve/runtime.yaml',
    ]);
    for (const { file, container } of containers) checkContainer(file, container);
  });

  it('services and the scraper reach ports that a container has', () => {
    const ports = new Map(
      workloads().flatMap(({ container }) => container.ports.map(({ name, containerPort }) => [name, containerPort])),
    );
    const services = documents<Resource>('k8s/service.yaml');
    assert.equal(services.length, 2);
    for (const { spec } of services)
      for (const { port, targetPort } of spec.ports ?? []) assert.equal(ports.get(targetPort), port, targetPort);
    const [monitor] = documents<Resource>('k8s/monitoring/servicemonitor.yaml');
    const served = services.flatMap(({ spec }) => spec.ports ?? []).map(({ name }) => name);
    for (const endpoint of monitor?.spec.endpoints ?? []) {
      assert.ok(served.includes(endpoint.port), endpoint.port);
      assertServed(endpoint.path);
    }
  });

  it('compose publishes the ports of the server, and Prometheus scrapes its HTTP port by rules that are there', () => {
    const [compose] = documents<{ services: Record<string, { ports: string[]; volumes: string[] }> }>(
      'docker/compose.yaml',
    );
    const published = compose?.services['mindird']?.ports.map((entry) => Number(entry.split(':').at(-1)));
    assert.deepEqual(published, [defaultPorts.grpc, defaultPorts.http]);
    const [prometheus] = documents<{
      rule_files: string[];
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    }>('docker/prometheus.yml');
    const targets = prometheus?.scrape_configs.flatMap((job) => job.static_configs.flatMap((config) => config.targets));
    assert.deepEqual(targets, [`mindird:${defaultPorts.http}`]);
    const mounted = compose?.services['prometheus']?.volumes.map((volume) => volume.split(':').slice(0, 2)) ?? [];
    for (const rules of prometheus?.rule_files ?? []) {
      const [source = ''] = mounted.find(([, target]) => target === `/etc/prometheus/${rules}`) ?? [];
      assert.ok(files.includes(path.join('docker', source)), rules);
    }
  });

  it('grace periods are longer than the drain', () => {
    const drainSeconds = Number.parseInt(serverFields.server.fields.drain_timeout.default, 10);
    const delaySeconds = Number(/MINDIRD_SERVER_DRAIN_DELAY, value: (\d+)s/.exec(text('k8s/deployment.yaml'))?.[1]);
    assert.ok('drain_delay' in serverFields.server.fields);
    const grace = [
      /terminationGracePeriodSeconds: (\d+)/.exec(text('k8s/deployment.yaml')),
      /terminationGracePeriodSeconds: (\d+)/.exec(text('k8s/gpu/deployment.yaml')),
      /stop_grace_period: (\d+)s/.exec(text('docker/compose.yaml')),
      /TimeoutStopSec=(\d+)/.exec(text('systemd/mindird.service')),
    ];
    for (const match of grace) assert.ok(Number(match?.[1]) > drainSeconds + delaySeconds);
  });

  it('the GPU example asks for one, and builds engines while it serves', () => {
    const [deployment] = parseAllDocuments(text('k8s/gpu/deployment.yaml'));
    const container = ['spec', 'template', 'spec', 'containers', 0];
    assert.equal(deployment?.getIn([...container, 'resources', 'limits', 'nvidia.com/gpu']), '1');
    const build = serverFields.engine.fields.build;
    assert.match(text('k8s/gpu/deployment.yaml'), new RegExp(`--${build.flag}, ${build.values[1]}\\]`));
    const image = /image: mindird:(\w+)/.exec(text('k8s/gpu/deployment.yaml'))?.[1];
    assert.match(text(`docker/${image}.Dockerfile`), new RegExp(`-t mindird:${image} \\.$`, 'm'));
  });

  it('the unit is one that systemd takes, in a sandbox, and is told when the server is ready', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'mindird-unit-'));
    try {
      const unit = path.join(folder, 'mindird.service');
      writeFileSync(unit, text('systemd/mindird.service').replace('=/opt/mindird/bin/', `=${projectPath('bin')}/`));
      const analyze = (...args: readonly string[]): string => {
        const { status, stdout, stderr, error } = spawnSync('systemd-analyze', [...args, unit], { encoding: 'utf8' });
        assert.equal(status, 0, `${error?.message ?? ''}${stdout}${stderr}`);
        return `${stdout}${stderr}`;
      };
      assert.equal(analyze('verify'), '');
      // Exposure in tenths; 0 is none.
      analyze('security', '--offline=true', '--threshold=20');
    } finally {
      rmSync(folder, { recursive: true });
    }
    const unit = text('systemd/mindird.service');
    for (const line of ['MemoryDenyWriteExecute=no', 'Type=notify', 'NotifyAccess=all', 'StartLimitBurst=5'])
      assert.ok(unit.split('\n').includes(line), line);
  });

  it('workloads match their own pods alone, and services match both', () => {
    interface Workload {
      readonly kind: string;
      readonly spec: {
        readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
        readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> } };
      };
    }
    const workloadsOf = ['k8s/deployment.yaml', 'k8s/gpu/deployment.yaml']
      .flatMap((file) => documents<Workload>(file))
      .filter(({ kind }) => kind === 'Deployment');
    assert.equal(workloadsOf.length, 2);
    const matches = (selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean =>
      Object.entries(selector).every(([key, value]) => labels[key] === value);
    for (const one of workloadsOf)
      for (const other of workloadsOf)
        assert.equal(matches(one.spec.selector.matchLabels, other.spec.template.metadata.labels), one === other);
    for (const { spec } of documents<{ readonly spec: { readonly selector: Readonly<Record<string, string>> } }>(
      'k8s/service.yaml',
    ))
      for (const { spec: own } of workloadsOf) assert.ok(matches(spec.selector, own.template.metadata.labels));
  });

  it('a plain cluster takes what lies in k8s itself: no kinds of others, no volumes that nobody fills', () => {
    const plain = files.filter((file) => /^k8s\/[^/]+\.yaml$/.test(file));
    assert.deepEqual(plain.sort(), ['k8s/deployment.yaml', 'k8s/service.yaml']);
    for (const file of plain)
      for (const { apiVersion, kind } of documents<{ readonly apiVersion: string; readonly kind: string }>(file)) {
        assert.match(apiVersion, /^(?:v1|apps\/v1|policy\/v1)$/, file);
        assert.notEqual(kind, 'PersistentVolumeClaim', file);
      }
  });

  it('the scaler counts milliseconds, by the metric that its rule makes', () => {
    const [scaler, adapter] = parseAllDocuments(text('k8s/scaling/hpa.yaml'));
    const metric = ['spec', 'metrics', 0, 'pods'];
    const name = scaler?.getIn([...metric, 'metric', 'name']);
    assert.equal(name, 'mindird_queue_milliseconds');
    assert.match(String(scaler?.getIn([...metric, 'target', 'averageValue'])), /^\d+$/, 'no thousandths');
    const rules = String(adapter?.getIn(['data', 'rules.yaml']));
    assert.ok(rules.includes(`as: ${name}`));
    assert.match(rules, /^ +1000 \* sum by/m);
  });

  it('KServe drains within the grace period it gives a pod', () => {
    const seconds = (runtime: string, name: string): number =>
      Number(new RegExp(`MINDIRD_SERVER_${name}, value: (\\d+)s`).exec(runtime)?.[1]);
    for (const runtime of text('k8s/kserve/runtime.yaml').split('\n---\n')) {
      const delay = seconds(runtime, 'DRAIN_DELAY');
      assert.ok(delay > 0 && delay + seconds(runtime, 'DRAIN_TIMEOUT') <= 25);
    }
  });

  it('KServe has a runtime for each protocol, alike but for the port that it lets calls through to', () => {
    interface Runtime {
      readonly spec: {
        readonly protocolVersions: readonly string[];
        readonly supportedModelFormats: unknown;
        readonly containers: readonly Container[];
      };
    }
    const runtimes = documents<Runtime>('k8s/kserve/runtime.yaml').map(({ spec }) => spec);
    assert.deepEqual(
      runtimes.map(({ protocolVersions, containers: [container] }) => [protocolVersions, container?.ports[0]?.name]),
      [
        [['grpc-v2'], 'h2c'],
        [['v2'], 'http1'],
      ],
    );
    const [alike, other] = runtimes.map(({ supportedModelFormats, containers: [container] }) => {
      const { ports: _, env: __, ...rest } = container ?? ({} as Container);
      return { supportedModelFormats, ...rest };
    });
    assert.deepEqual(alike, other);
  });
});
