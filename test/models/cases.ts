// Serves a folder of reference cases, NAME.mindir with NAME.npz (input_0 …, output_0 … in graph order), and runs them over gRPC.

import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { InferenceClient } from '../../server/cli/client/open-inference.ts';
import { bindInputs } from '../../server/cli/tensor/bind-inputs.ts';
import { servableFile } from '../../server/config/servable.ts';
import type { NpyArray } from '../../server/npz/npy.ts';
import { readNpz } from '../../server/npz/npz.ts';
import { projectPath } from '../../server/util/root.ts';
import { nativeAddon, ServerProcess, type StartOptions, Workplace } from '../support/server-process.ts';
import { patienceMs } from '../support/until.ts';
import { cosine, difference, type Tolerance } from './compare.ts';

/** Hundreds of models load before the server says it is ready, on machines that may be busy. */
const kReadyMs = 480_000;

interface IndexCase extends Partial<Tolerance> {
  readonly ops?: readonly string[];
  /** What the reason of the refusal contains, of a model that is not served. */
  readonly refused?: string;
  /** model.state of its servable. */
  readonly state?: string;
  /** Why the recorded outputs are not what the operators mean. */
  readonly wrong_reference?: string;
  /** NAME.npz holds inputs alone, since MindSpore's CPU backend cannot compute the outputs. */
  readonly inputs_only?: boolean;
}

/** One case: its name, the primitives in it and the tolerance of its outputs. */
export interface Case {
  readonly name: string;
  readonly primitives: readonly string[];
  readonly tolerance: Tolerance;
  readonly refused: string | undefined;
  /** model.state of its servable; undefined: the default. */
  readonly state: string | undefined;
  /** Whether NAME.npz holds outputs to compare with. */
  readonly recorded: boolean;
}

/** One subgraph of a plan: who runs it, and who could not build it. */
export interface PartitionReport {
  readonly engine: string;
  readonly nodes: number;
  readonly cache: { readonly result: string; readonly reason: string };
  /** The engine came with the model file. */
  readonly embedded?: { readonly operators: number; readonly used: boolean };
  readonly fallback?: { readonly from: string; readonly why: string };
  /** Of engines that make one executable for several batch sizes; `used` is 0 where this one is for its bucket alone. */
  readonly profiles?: { readonly rows: readonly number[]; readonly used: number; readonly why_not: string };
  readonly build_us?: number;
  /** What the engine says of itself. */
  readonly details?: readonly { readonly name: string; readonly value: string }[];
}

/** The parts of a model's report that tests look at. */
export interface NativeReport {
  readonly precision?: { readonly asked: string; readonly used?: Readonly<Record<string, string>> };
  readonly weights?: { readonly asked: string };
  /** The engine that was built and could not run, and why. */
  readonly fallback?: { readonly from: string; readonly why: string };
  /** Nodes that do something besides computing results, and that are not run. */
  readonly left_out?: readonly string[];
  readonly engine_build?: { readonly mode: string; readonly state: string };
  readonly plans: readonly {
    readonly rows: number;
    readonly weights: { readonly asked: string; readonly used?: Readonly<Record<string, string>> };
    readonly partitions: readonly PartitionReport[];
    readonly nodes: readonly {
      readonly node: string;
      readonly op: string;
      readonly engine: string;
      readonly refused: readonly { readonly engine: string; readonly why: string }[];
    }[];
  }[];
}

/** The cases of a folder below test/, as its index.json lists them. */
export function listCases(folder: string, tolerance: Tolerance): readonly Case[] {
  const index = JSON.parse(readFileSync(projectPath('test', folder, 'index.json'), 'utf8')) as Readonly<
    Record<string, IndexCase>
  >;
  return Object.entries(index).map(
    ([name, { ops = [], rtol, atol, refused, state, wrong_reference, inputs_only }]) => ({
      name,
      primitives: ops,
      tolerance: { rtol: rtol ?? tolerance.rtol, atol: atol ?? tolerance.atol },
      refused,
      state,
      recorded: wrong_reference === undefined && inputs_only !== true,
    }),
  );
}

/** The folders below test/cases that hold an index.json, relative to test/. */
export function caseSets(): readonly string[] {
  return readdirSync(projectPath('test', 'cases'), { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'index.json')
    .map((file) => path.join('cases', path.dirname(file)))
    .sort();
}

/** How a server of cases differs from an ordinary one. */
export interface CaseServerOptions extends Pick<StartOptions, 'environment' | 'args' | 'command'> {
  /** Where models and cache lie, kept when the server stops; without it a new folder that goes with the server. */
  readonly place?: Workplace;
  /** The servable_config.yaml of a case. */
  readonly config?: (name: string) => string;
  /** Where the model of a case is, when it is not the MindIR file of its folder. */
  readonly file?: (name: string) => string;
}

/** A server with one servable per case. */
export class CaseServer {
  readonly #folder: string;
  /** The folder the server made and this removes; null when it was given. */
  readonly #own: Workplace | null;
  readonly process: ServerProcess;
  readonly #client: InferenceClient;

  private constructor(folder: string, own: Workplace | null, process: ServerProcess) {
    this.#folder = folder;
    this.#own = own;
    this.process = process;
    this.#client = new InferenceClient(process.grpcAddress);
  }

  /** `engine` null: what each servable's configuration says. */
  static async start(
    folder: string,
    cases: readonly Case[],
    engine: string | null,
    { place, config, file, environment = {}, ...more }: CaseServerOptions = {},
  ): Promise<CaseServer> {
    const used = place ?? new Workplace();
    const own = place === undefined ? used : null;
    try {
      for (const { name, state } of cases) {
        const version = path.join(used.repository, name, '1');
        mkdirSync(version, { recursive: true });
        if (config !== undefined) writeFileSync(path.join(used.repository, name, servableFile), config(name));
        const model = file?.(name) ?? projectPath('test', folder, `${name}.mindir`);
        provide(model, path.join(version, `model${path.extname(model)}`));
        if (state !== undefined)
          writeFileSync(path.join(used.repository, name, servableFile), `model: {state: ${state}}\n`);
        const weights = model.replace(/_graph\.mindir$/, '_variables');
        if (weights !== model && existsSync(weights))
          cpSync(weights, path.join(version, path.basename(weights)), { recursive: true });
      }
      const options = {
        ...more,
        args: [...(engine === null ? [] : ['--engine', engine]), ...(more.args ?? [])],
        environment: { MINDIRD_ADDON: nativeAddon, ...environment },
        readyMs: kReadyMs,
      };
      return new CaseServer(folder, own, await ServerProcess.start(used, options));
    } catch (caught) {
      own?.close();
      throw caught;
    }
  }

  /** What the server says of how a case was compiled. */
  async report(name: string): Promise<NativeReport> {
    const response = await fetch(`${this.process.httpUrl}/v2/models/${name}/report`);
    assert.equal(response.status, 200, name);
    return ((await response.json()) as { readonly native: NativeReport }).native;
  }

  /** Why a case is not served; undefined when it is. */
  async refusal(name: string): Promise<string | undefined> {
    const entry = (await this.#client.repositoryIndex()).find((one) => one.name === name);
    assert.ok(entry !== undefined, `${name} is not in the index`);
    return entry.state === 'READY' ? undefined : entry.reason;
  }

  /**
   * Sends the inputs of a case and compares every output with MindSpore's, or the first one with what `corrected` makes of the
   * first input; throws with what differs.
   */
  async check({ name, tolerance }: Case, corrected?: (input: NpyArray) => NpyArray): Promise<void> {
    const arrays = await this.#arrays(name);
    const input = arrays.get('input_0');
    if (corrected !== undefined && input !== undefined) arrays.set('output_0', corrected(input));
    await this.#compare(name, tolerance, arrays);
  }

  /** The same with `count` rows from row `first` on, of a case whose rows are independent. */
  async checkRows({ name, tolerance }: Case, first: number, count: number): Promise<void> {
    const arrays = [...(await this.#arrays(name))].map(([key, array]) => [key, rowsOf(array, first, count)] as const);
    await this.#compare(name, tolerance, new Map(arrays));
  }

  /** Sends the inputs of a case; what comes back. */
  async outputs({ name }: Case): Promise<readonly NpyArray[]> {
    return await this.#infer(name, await this.#arrays(name));
  }

  async #arrays(name: string): Promise<Map<string, NpyArray>> {
    return new Map(await readNpz(projectPath('test', this.#folder, `${name}.npz`)));
  }

  /** The least cosine similarity of an output of a case to MindSpore's. */
  async similarity({ name }: Case): Promise<number> {
    const pairs = await this.#pairs(name, await this.#arrays(name));
    return Math.min(...pairs.map(({ output, expected }) => cosine(output, expected)));
  }

  async #compare(name: string, tolerance: Tolerance, arrays: ReadonlyMap<string, NpyArray>): Promise<void> {
    for (const [i, { output, expected }] of (await this.#pairs(name, arrays)).entries()) {
      const found = difference(output, expected, tolerance);
      assert.equal(found, undefined, `${name}: output ${i} ${found}`);
    }
  }

  async #infer(name: string, arrays: ReadonlyMap<string, NpyArray>): Promise<readonly NpyArray[]> {
    const signature = await this.#client.signature(name, '');
    const count = [...arrays.keys()].filter((key) => key.startsWith('input_')).length;
    assert.equal(signature.inputs.length, count, `${name}: inputs`);
    const inputs = bindInputs(signature.inputs, arrays, name);
    const { outputs } = await this.#client.infer({ model: name, version: '', inputs, timeoutMs: patienceMs });
    return outputs;
  }

  /** Sends the inputs; every output with what it should be. */
  async #pairs(
    name: string,
    arrays: ReadonlyMap<string, NpyArray>,
  ): Promise<readonly { readonly output: NpyArray; readonly expected: NpyArray }[]> {
    const outputs = await this.#infer(name, arrays);
    const wanted = [...arrays.keys()].filter((key) => key.startsWith('output_')).length;
    assert.equal(outputs.length, wanted, `${name}: outputs`);
    return outputs.map((output, i) => {
      const expected = arrays.get(`output_${i}`);
      assert.ok(expected !== undefined, `${name}: no output_${i}`);
      return { output, expected };
    });
  }

  /** Stops the server; it must have survived every case. */
  async stop(): Promise<void> {
    this.#client.close();
    try {
      this.process.signal('SIGTERM');
      assert.equal(await this.process.exited(), 0, 'exit status of the server');
    } finally {
      await this.process.close();
      this.#own?.close();
    }
  }
}

/** `count` rows of an array from row `first` on. */
function rowsOf({ dtype, shape, bytes }: NpyArray, first: number, count: number): NpyArray {
  const [rows = 0, ...rest] = shape;
  assert.ok(first + count <= rows, `rows ${first} to ${first + count} of ${rows}`);
  const size = bytes.length / rows;
  return { dtype, shape: [count, ...rest], bytes: bytes.subarray(first * size, (first + count) * size) };
}

/** The same file by another name, copied where the folder is on another disk. */
function provide(from: string, to: string): void {
  assert.ok(existsSync(from), `${from}: no such case`);
  if (existsSync(to)) return;
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
