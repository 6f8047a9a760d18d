// The deployment files against the program: metric names, ports, paths and flags they use must exist.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { serverFields } from '../../server/config/server-fields.ts';
import { type MetricSpec, modelMetrics, processMetrics, servableMetrics } from '../../server/metrics/table.ts';
import { projectPath } from '../../server/util/root.ts';

const deploy = projectPath('deploy');
const files = readdirSync(deploy, { recursive: true, encoding: 'utf8' });
const text = (file: string): string => readFileSync(path.join(deploy, file), 'utf8');

/** Names a query may use: of histograms their series, of rules what they record. */
function knownSeries(): Set<string> {
  const specs: readonly MetricSpec[] = [
    ...Object.values(modelMetrics),
    ...Object.values(servableMetrics),
    ...Object.values(processMetrics),
  ];
  const names = specs.flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  const recorded = [...text('docker/rules.yml').matchAll(/record: (\S+)/g)].map((match) => match[1] ?? '');
  // Of prom-client's own only those below are used.
  const own = ['process_resident_memory_bytes', 'process_cpu_seconds_total'];
  return new Set([...names, ...recorded, ...own]);
}

function usedSeries(content: string): string[] {
  return [...content.matchAll(/\b(?:mindird_[a-z_]+|mindird:[a-z_]+:[0-9a-z]+|process_[a-z_]+)\b/g)].map(
    (match) => match[0],
  );
}

describe('deployment files', () => {
  const yaml = files.filter((file) => /\.ya?ml$/.test(file));

  it('every YAML file parses', () => {
    assert.ok(yaml.length >= 9, `only ${yaml.length} files`);
    for (const file of yaml) {
      for (const document of parseAllDocuments(text(file))) assert.deepEqual(document.errors, [], file);
    }
  });

  it('rules, dashboard and scaling use only metrics that exist', () => {
    const known = knownSeries();
    for (const file of ['docker/rules.yml', 'docker/grafana/dashboards/mindird.json', 'k8s/hpa.yaml']) {
      const used = usedSeries(text(file)).filter(
        (name) => name !== 'mindird_queue_seconds' && name !== 'mindird:slo_burn:',
      );
      assert.ok(used.length > 0, file);
      assert.deepEqual([...new Set(used.filter((name) => !known.has(name)))], [], file);
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

  it('ports are the defaults of the server, except where the flags say otherwise', () => {
    const grpc = Number(serverFields.server.fields.grpc.default[0].split(':')[1]);
    const http = Number(serverFields.server.fields.http.default.split(':')[1]);
    for (const file of ['k8s/deployment.yaml', 'k8s/gpu.yaml', 'k8s/service.yaml', 'docker/compose.yaml']) {
      assert.ok(text(file).includes(String(grpc)) && text(file).includes(String(http)), file);
    }
    const runtime = text('k8s/kserve-runtime.yaml');
    assert.match(runtime, /0\.0\.0\.0:9000[\s\S]*containerPort: 9000/);
    assert.match(runtime, /port: "8080"[\s\S]*0\.0\.0\.0:8080[\s\S]*port: 8080/);
  });

  it('grace periods are longer than the drain', () => {
    const drainSeconds = Number.parseInt(serverFields.server.fields.drain_timeout.default, 10);
    const delaySeconds = Number(/MINDIRD_SERVER_DRAIN_DELAY, value: (\d+)s/.exec(text('k8s/deployment.yaml'))?.[1]);
    assert.ok('drain_delay' in serverFields.server.fields);
    const grace = [
      /terminationGracePeriodSeconds: (\d+)/.exec(text('k8s/deployment.yaml')),
      /terminationGracePeriodSeconds: (\d+)/.exec(text('k8s/gpu.yaml')),
      /stop_grace_period: (\d+)s/.exec(text('docker/compose.yaml')),
      /TimeoutStopSec=(\d+)/.exec(text('systemd/mindird.service')),
    ];
    for (const match of grace) assert.ok(Number(match?.[1]) > drainSeconds + delaySeconds);
  });

  it('the GPU example asks for one, and builds engines while it serves', () => {
    const [deployment] = parseAllDocuments(text('k8s/gpu.yaml'));
    const container = ['spec', 'template', 'spec', 'containers', 0];
    assert.equal(deployment?.getIn([...container, 'resources', 'limits', 'nvidia.com/gpu']), '1');
    const build = serverFields.engine.fields.build;
    assert.match(text('k8s/gpu.yaml'), new RegExp(`--${build.flag}, ${build.values[1]}\\]`));
    const image = /image: mindird:(\w+)/.exec(text('k8s/gpu.yaml'))?.[1];
    assert.match(readFileSync(projectPath('Dockerfile'), 'utf8'), new RegExp(`^FROM \\S+ AS ${image}$`, 'm'));
  });

  it('the unit allows memory that is written and executed', () => {
    assert.match(text('systemd/mindird.service'), /^MemoryDenyWriteExecute=no$/m);
  });
});
