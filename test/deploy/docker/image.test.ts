// The image on a real Docker engine: built by its Dockerfile, run as operators run it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectPath } from '../../../server/util/root.ts';
import { TestClient } from '../../support/grpc-client.ts';
import { until } from '../../support/until.ts';

const docker = process.env['MINDIRD_DOCKER'] ?? 'docker';
const image = 'mindird:test';
const byBuildKit = 'mindird-test:buildkit';
const volume = 'mindird-test-cache';
/** As Kubernetes and deploy/docker run it. */
const confined = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--tmpfs', '/tmp'];
/** Most that the image may add to its base. */
const mostBytes = 150e6;

/** The two builders that an engine has; which is the default depends on its version. */
type Builder = 'classic' | 'BuildKit';

function runWith(builder: Builder, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(docker, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, DOCKER_BUILDKIT: builder === 'BuildKit' ? '1' : '0' },
  });
  assert.equal(
    status,
    0,
    `docker ${args.join(' ')}: ${error?.message ?? ''}\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`,
  );
  return stdout.trim();
}

const run = (...args: readonly string[]): string => runWith('classic', ...args);

function buildWith(builder: Builder, tag: string, ...more: readonly string[]): void {
  const cache = process.env['CCACHE_REMOTE_STORAGE'];
  const shared = cache === undefined ? [] : ['--build-arg', `CCACHE_REMOTE_STORAGE=${cache}`];
  runWith(builder, 'build', '--network', 'host', ...shared, '-t', tag, ...more);
}

const build = (tag: string, ...more: readonly string[]): void => buildWith('classic', tag, ...more);

const sizeOf = (name: string): number => Number(run('image', 'inspect', '-f', '{{.Size}}', name));

/** A container with the server in it. */
class Container {
  readonly id: string;

  constructor(options: readonly string[], args: readonly string[] = []) {
    const command = args.length === 0 ? [] : ['serve', '--repository', '/servables', '--cache', '/cache', ...args];
    this.id = run('run', '-d', ...options, image, ...command);
  }

  get log(): string {
    const { stdout, stderr } = spawnSync(docker, ['logs', this.id], { encoding: 'utf8' });
    return stdout + stderr;
  }

  async ready(): Promise<string> {
    await until(() => {
      assert.equal(this.state('Running'), 'true', this.log);
      return / ready: grpc /.test(this.log);
    }, 'the server in its container');
    return / ready: grpc ([^,]+), http ([^,]+),/.exec(this.log)?.slice(1).join(' ') ?? '';
  }

  state(name: string): string {
    return run('inspect', '-f', `{{.State.${name}}}`, this.id);
  }

  exec(...args: readonly string[]): string {
    return run('exec', this.id, ...args);
  }

  infer(): string {
    const sample = '/servables/digits/samples/sample_7.png';
    return this.exec('/opt/mindird/bin/mindird', 'infer', '127.0.0.1:5500', 'digits', '--png', sample);
  }

  remove(): void {
    run('rm', '-f', this.id);
  }
}

describe('the image', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mindird-docker-'));
  const servables = path.join(folder, 'servables');
  const mounts = ['-v', `${servables}:/servables:ro`];
  const containers: Container[] = [];
  const start = (options: readonly string[], args?: readonly string[]): Container => {
    const container = new Container([...mounts, ...options], args);
    containers.push(container);
    return container;
  };

  before(() => {
    chmodSync(folder, 0o755);
    cpSync(projectPath('servables'), servables, { recursive: true });
    build(image, projectPath());
  });

  after(() => {
    for (const container of containers) container.remove();
    spawnSync(docker, ['volume', 'rm', '-f', volume]);
    rmSync(folder, { recursive: true });
  });

  it('adds little to its base', (context) => {
    const added = sizeOf(image) - sizeOf('node:24-bookworm-slim');
    context.diagnostic(`${(added / 2 ** 20).toFixed(0)} MiB over the base`);
    assert.ok(added > 0 && added <= mostBytes, `${added} bytes`);
  });

  it('serves a mounted repository on a read-only root without capabilities, and is healthy', async () => {
    const container = start([...confined, '--network', 'none', '-v', `${volume}:/cache`]);
    await container.ready();
    assert.match(container.infer(), /^predicted class: 7$/m);
    assert.equal(container.exec('id', '-u'), '10001');
    assert.match(container.exec('sh', '-c', 'tr "\\0" " " < /proc/1/cmdline'), /^node .*\/main\.js serve /);
    for (const file of ['dist/bundle/sbom.cdx.json', 'node_modules/@mindird/linux-x64/LICENCES.txt'])
      container.exec('test', '-s', `/opt/mindird/${file}`);
    await until(() => container.state('Health.Status') === 'healthy', 'a healthy container');
    run('stop', container.id);
    assert.equal(container.state('ExitCode'), '0');
    assert.match(container.log, /"event":"engine\.cache\.miss"/);
  });

  it('a user that no list knows takes the cache of another over', async () => {
    const container = start([...confined, '--network', 'none', '--user', '54321:0', '-v', `${volume}:/cache`]);
    await container.ready();
    assert.match(container.infer(), /^predicted class: 7$/m);
    assert.match(container.log, /"event":"engine\.cache\.hit"/);
    assert.doesNotMatch(container.log, /"event":"(?:cache\.off|engine\.cache\.miss)"/);
    container.exec('sh', '-c', 'touch /cache/written && rm /cache/written');
  });

  it('a stop lets the request in flight finish', async () => {
    const own = path.join(folder, 'slow');
    cpSync(servables, own, { recursive: true });
    // A request waits this long for company.
    const config = 'model: {outputs: [logits]}\nbatching: {max_batch: 16, max_queue_delay: 5s}\n';
    writeFileSync(path.join(own, 'digits', 'servable_config.yaml'), config);
    const container = new Container(
      [...confined, '--network', 'host', '-v', `${own}:/servables:ro`],
      ['--grpc', '127.0.0.1:0', '--http', '127.0.0.1:0'],
    );
    containers.push(container);
    const [grpc = '', http = ''] = (await container.ready()).split(' ');
    const client = new TestClient(grpc);
    const inputs = [{ name: 'image', datatype: 'FP32', shape: [1, 1, 32, 32] }];
    const message = { model_name: 'digits', inputs, raw_input_contents: [Buffer.alloc(4096)] };
    const reply = client.call<{ readonly model_name: string }>('inference.ModelInfer', message);
    const waiting = async (): Promise<boolean> =>
      /^mindird_queue_depth\{model="digits",version="1",line="queue"\} 1$/m.test(
        await (await fetch(`http://${http}/metrics`)).text(),
      );
    await until(waiting, 'the request in the queue');
    run('stop', container.id);
    assert.equal((await reply).reply.model_name, 'digits');
    assert.equal(container.state('ExitCode'), '0');
    assert.doesNotMatch(container.log, /server\.drain_cut/);
    client.close();
  });

  it('threads follow the quota of processors, and memory is held within its limit', async () => {
    for (const cpus of [1, Math.min(2, availableParallelism())]) {
      const container = start(
        ['--network', 'host', '--cpus', String(cpus), '--memory', '512m'],
        ['--grpc', '127.0.0.1:0', '--http', '127.0.0.1:0'],
      );
      const [, http = ''] = (await container.ready()).split(' ');
      const report = JSON.stringify(await (await fetch(`http://${http}/v2/models/digits/report`)).json());
      const threads = [...report.matchAll(/"threads":(\d+)/g)].map(([, count]) => Number(count));
      assert.equal(Math.max(...threads), cpus, report.slice(0, 2000));
      const limit = container.exec(
        'sh',
        '-c',
        'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max',
      );
      assert.equal(Number(limit), 512 * 2 ** 20);
      assert.equal(container.state('OOMKilled'), 'false');
      run('stop', container.id);
    }
  });

  it('BuildKit makes the same of the file, to the byte of what it installs', () => {
    buildWith('BuildKit', byBuildKit, projectPath());
    const sums = (name: string): string =>
      run(
        ...['run', '--rm', '--network', 'none', '--entrypoint', 'sh', name, '-c'],
        'cd /opt/mindird && find . -type f -exec sha256sum {} + | sort -k 2; ls -ldn /cache /servables | cut -d " " -f 1-4',
      );
    const made = sums(byBuildKit);
    assert.match(made, / \.\/node_modules\/@mindird\/linux-x64\/mindird\.node$/m);
    assert.equal(made, sums(image));
    const config = (name: string): unknown => {
      const { Env, Cmd, Entrypoint, User, ExposedPorts, Volumes, Healthcheck } = JSON.parse(
        run('image', 'inspect', '-f', '{{json .Config}}', name),
      );
      return { Env, Cmd, Entrypoint, User, ExposedPorts, Volumes, Healthcheck };
    };
    assert.deepEqual(config(byBuildKit), config(image));
  });

  it('with TensorRT: the modules are compiled with the headers of the image they run on', () => {
    const headers = process.env['MINDIRD_TENSORRT_HEADERS'] ?? '';
    // NVIDIA's image, as far as a build looks at it.
    const context = path.join(folder, 'tensorrt');
    mkdirSync(context);
    cpSync(headers, path.join(context, 'headers'), { recursive: true, dereference: true });
    const lines = [
      'FROM node:24-bookworm-slim',
      'COPY headers/Nv*.h /usr/include/x86_64-linux-gnu/',
      'COPY headers/ /usr/local/cuda-12/include/',
      'RUN rm /usr/local/cuda-12/include/Nv*.h && ln -s cuda-12 /usr/local/cuda',
    ];
    writeFileSync(path.join(context, 'Dockerfile'), lines.join('\n'));
    build('mindird-test:tensorrt-base', context);
    build('mindird-test:build', '--target', 'build', projectPath());
    const args = ['BUILD_IMAGE=mindird-test:build', 'TENSORRT_IMAGE=mindird-test:tensorrt-base', 'TENSORRT_MAJOR=10'];
    const file = projectPath('deploy', 'docker', 'tensorrt.Dockerfile');
    build('mindird-test:tensorrt', '-f', file, ...args.flatMap((arg) => ['--build-arg', arg]), projectPath());
    const said = run('run', '--rm', '--network', 'none', 'mindird-test:tensorrt', 'engines');
    assert.match(said, /^tensorrt\b.*libcuda/m);
    const listing = run(
      'run',
      '--rm',
      '--network',
      'none',
      '--entrypoint',
      'ls',
      'mindird-test:tensorrt',
      '/opt/mindird/node_modules/@mindird/linux-x64',
    );
    for (const name of ['libmindird_trt10.so', 'mindird-builder'])
      assert.ok(listing.split('\n').includes(name), listing);
  });
});
