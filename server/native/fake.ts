// A NativeAddon for tests: loads "models" that are small JSON files and computes with them in JavaScript. It keeps the
// addon's promises (one completion call per batch, never from inside submit, cancellation only while queued, closing
// completes what waits), so that everything above the boundary can be tested without the native build.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type {
  BatchCompletion,
  ConfigureOptions,
  DeviceMemory,
  EmbedOptions,
  EmbedResult,
  InspectOptions,
  LoadOptions,
  NativeAddon,
  NativeEvent,
  NativeModel,
  SharedMemory,
  SystemInfo,
} from './binding-types.ts';
import { type FakeModelFile, fakeError, parseFakeModel } from './fake-file.ts';
import { FakeModel } from './fake-model.ts';
import { fakeShared } from './fake-shared.ts';

export type { FakeModelFile } from './fake-file.ts';

const system: SystemInfo = {
  cpuModel: 'fake cpu',
  isa: 'fake',
  cpus: 2,
  quota: 2,
  threads: 2,
  engines: [
    { name: 'cpu', available: true, version: '0', device: 'fake', why: '' },
    { name: 'reference', available: true, version: '0', device: 'fake', why: '' },
    { name: 'tensorrt', available: false, version: '', device: '', why: 'libnvinfer.so is not installed' },
  ],
  versions: { fake: '1' },
};

export class FakeAddon implements NativeAddon {
  /** Every load asked for, in order. */
  readonly loads: LoadOptions[] = [];
  readonly embeds: EmbedOptions[] = [];
  /** Models by path that stand in for files; a path not listed here is read from disk. */
  readonly files: Map<string, FakeModelFile> = new Map();
  readonly models: FakeModel[] = [];
  threads = 0;
  #events: NativeEvent[] = [];
  #handler: ((batch: BatchCompletion) => void) | undefined;
  #nextTicket = 1;

  systemInfo(): SystemInfo {
    return system;
  }

  configure(options: ConfigureOptions): void {
    this.threads = options.threads;
  }

  loadsGiveWay(): void {}

  detach(): void {}

  mapShared(fd: number, offset: number, bytes: number): SharedMemory {
    return fakeShared(fd, offset, bytes);
  }

  deviceMemory(): DeviceMemory[] {
    return [];
  }

  setCompletionHandler(handler: (batch: BatchCompletion) => void): void {
    this.#handler = handler;
  }

  async load(options: LoadOptions): Promise<NativeModel> {
    this.loads.push(options);
    const file = this.files.get(options.path) ?? readModel(options.path);
    const { loadMs } = file;
    await new Promise((resolve) => (loadMs === undefined ? setImmediate(resolve) : setTimeout(resolve, loadMs)));
    while (file.loadGate !== undefined && !existsSync(file.loadGate))
      await new Promise((resolve) => setTimeout(resolve, 5));
    if (file.loadError !== undefined)
      throw fakeError(file.loadError.code, `${options.label}: ${file.loadError.message}`);
    const model = new FakeModel(this.models.length + 1, file, options, {
      ticket: () => this.#nextTicket++,
      complete: (batch) => this.#handler?.(batch),
    });
    this.models.push(model);
    this.#events.push({ level: 'info', event: 'fake.loaded', model: options.label });
    return model;
  }

  /** The plan file of a fake model is the model itself. */
  async embed(options: LoadOptions, embed: EmbedOptions): Promise<string> {
    this.loads.push(options);
    this.embeds.push(embed);
    const file = this.files.get(options.path) ?? readModel(options.path);
    if (file.loadError !== undefined)
      throw fakeError(file.loadError.code, `${options.label}: ${file.loadError.message}`);
    const text = JSON.stringify(file);
    writeFileSync(embed.output, text);
    const engine = { engine: 'e', engine_bytes: 2048, precision: 'fp32', made: 'TensorRT 0', profiles: [], alone: '' };
    const result: EmbedResult = {
      file: embed.output,
      bytes: text.length,
      engines: 1,
      engine_bytes: 2048,
      constants: 0,
      constant_bytes: 0,
      nodes: [{ node: 'TrtNode 0', rows: 0, operators: 1, ...engine }],
    };
    return JSON.stringify(result);
  }

  async inspect(path: string, options: InspectOptions): Promise<string> {
    const file = this.files.get(path) ?? readModel(path);
    return options.json ? JSON.stringify({ stage: options.stage, file }) : `${options.stage} of a fake model\n`;
  }

  drainEvents(): NativeEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

function readModel(path: string): FakeModelFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (caught) {
    throw fakeError('INVALID_MODEL', `${path}: cannot be read: ${String(caught)}`);
  }
  return parseFakeModel(path, text);
}
