// The process in which a servable_config.mjs is imported and its functions run; nothing of it runs in the server's. Its first message
// says what the module declares; then each message is a call of a function, one after the other.

import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  addStage,
  configure,
  declareModel,
  InvalidArgument,
  registerMethod,
  type StageFunction,
  tensor,
} from './declare.ts';
import { installHooks } from './hooks.ts';
import type { AnswerMessage, CallMessage, ReadMessage } from './messages.ts';
import type { ModulePlan, PlanSource } from './plan.ts';
import { Recorder } from './recorder.ts';
import { recordTo } from './recording.ts';
import { type Tensor, tensorProblem } from './tensor.ts';
import { fromWire, toWire } from './wire.ts';

const file = process.argv[2] ?? '';
const url = pathToFileURL(file).href;

/** Imported files apart from packages and our own, each with what it is now. */
function sourcesOf(urls: readonly string[]): PlanSource[] {
  const own = path.dirname(file) + path.sep;
  const files = urls.map((found) => fileURLToPath(found)).filter((found) => found.startsWith(own));
  return [...new Set([file, ...files])]
    .filter((found) => !found.includes(`${path.sep}node_modules${path.sep}`))
    .map((found) => ({ file: found, trace: traceOf(found) }));
}

function traceOf(found: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(found);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return 'none';
  }
}

/** Node tells the line of a syntax error only where it prints it. */
function placeOfSyntax(urls: readonly string[]): { readonly source: string; readonly line: number } | undefined {
  for (const { file: source } of sourcesOf(urls)) {
    const { stderr } = spawnSync(process.execPath, ['--check', source], { encoding: 'utf8', timeout: 5000 });
    const line = /^[^\n]*:(\d+)\n/.exec(stderr ?? '')?.[1];
    if (line !== undefined) return { source, line: Number(line) };
  }
  return undefined;
}

async function read(recorder: Recorder): Promise<ReadMessage> {
  const imported = installHooks({ declareModel, registerMethod, addStage, configure, tensor, InvalidArgument });
  recordTo(recorder);
  try {
    await import(url);
  } catch (caught) {
    const message = caught instanceof Error ? `${caught.name}: ${caught.message}` : String(caught);
    const place = caught instanceof SyntaxError ? placeOfSyntax(imported()) : undefined;
    if (place === undefined) recorder.problemOf(caught, '', message.slice(0, 1000));
    else recorder.problems.push({ ...place, path: '', message: message.slice(0, 1000) });
  }
  recordTo(undefined);
  const { problems, models, methods, functions, workers, memory, maxQueue } = recorder;
  if (problems.length === 0 && methods.length === 0)
    problems.push({ source: file, line: 0, path: '', message: 'registers no method' });
  if (problems.length > 0) return { kind: 'refused', problems };
  const sources = sourcesOf(imported());
  const plan: ModulePlan = { file, sources, workers, memory, maxQueue, functions: functions.length, models, methods };
  return { kind: 'read', plan };
}

/** The tensors one call has come to; throws where they are none. */
function resultsOf(value: unknown, outputs: number): Tensor[] {
  const list = outputs === 1 && !Array.isArray(value) ? [value] : value;
  if (!Array.isArray(list) || list.length !== outputs)
    throw new TypeError(
      `returned ${Array.isArray(list) ? `${list.length} results` : 'no list'}, want ${outputs} tensors`,
    );
  list.forEach((item, i) => {
    const problem = tensorProblem(item);
    if (problem !== '') throw new TypeError(`result ${i + 1}: ${problem}`);
  });
  return list as Tensor[];
}

async function results(fn: StageFunction, { batched, calls, outputs }: CallMessage): Promise<Tensor[][]> {
  const run = fn as (...args: unknown[]) => unknown;
  const given = calls.map((args) => args.map(fromWire));
  if (!batched) return [resultsOf(await run(...(given[0] ?? [])), outputs)];
  const all = await run(given);
  if (!Array.isArray(all) || all.length !== given.length)
    throw new TypeError(
      `returned ${Array.isArray(all) ? all.length : 'no'} results, want one for each of ${given.length} calls`,
    );
  return all.map((one) => resultsOf(one, outputs));
}

async function answer(fn: StageFunction | undefined, message: CallMessage): Promise<void> {
  const start = performance.now();
  const took = (): number => Math.round((performance.now() - start) * 1e6);
  try {
    if (fn === undefined) throw new RangeError(`there is no function ${message.fn}`);
    const found = (await results(fn, message)).map((one) => one.map(toWire));
    tell({ kind: 'results', results: found, tookNs: took() });
  } catch (caught) {
    const error = caught instanceof Error ? caught : new Error(String(caught));
    const refused = error instanceof InvalidArgument;
    const failure = { message: error.message.slice(0, 1000), stack: String(error.stack).slice(0, 4000), refused };
    tell({ kind: 'failed', failure, tookNs: took() });
  }
}

function tell(message: ReadMessage | AnswerMessage): void {
  process.send?.(message);
}

// The server ends it; signals to all of its processes are the server's to follow, and without it there is nothing to do.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.once('disconnect', () => process.exit());

const recorder = new Recorder(url, file);
void read(recorder).then((message) => {
  tell(message);
  process.on('message', (call: CallMessage) => void answer(recorder.functions[call.fn], call));
});
