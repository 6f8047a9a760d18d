// config.pbtxt, the file of a model of Triton, as the configuration of a servable. What would change what is computed and has no
// counterpart is refused; what has no meaning here is listed (triton.ignored), which `mindird check` shows.

import path from 'node:path';
import { ConfigError, type Problem } from '../problem.ts';
import { validateServable } from '../servable.ts';
import type { ServableConfig } from '../servable-fields.ts';
import { readConfigText } from '../yaml.ts';
import { readEnsemble } from './ensemble.ts';
import { ensemblePlan } from './flatten.ts';
import { type Node, readModelConfig } from './model-config.ts';
import { Neighbours } from './neighbours.ts';
import { type Tell, warmUpSamples } from './warm-up.ts';

/** Reads a config.pbtxt, and where it describes an ensemble those of its steps; `looked` is told which files these are. Throws ConfigError. */
export function readTritonServable(file: string, looked: Set<string> = new Set()): ServableConfig {
  return parseTritonServable(readConfigText(file), file, looked);
}

/** The configuration that the text of a config.pbtxt comes to; `file` lies in the folder of the servable. Throws ConfigError. */
export function parseTritonServable(text: string, file: string, looked: Set<string> = new Set()): ServableConfig {
  const root = readModelConfig(text, file);
  const name = path.basename(path.dirname(file));
  const problems = [...refusals(root, name)];
  const tell: Tell = (line, at, message) => problems.push({ line, path: at, message });
  const warmUps = warmUpSamples(root, tell);
  const ensemble = readEnsemble(root);
  const chains = ensemble && ensemblePlan(ensemble, name, new Neighbours(file, refusals, looked), tell);
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => ({ source: file, ...problem })));
  const lines = new Map<string, number>();
  const config = validateServable(sectionsOf(root, lines), file, (at) => lines.get(at) ?? 0);
  const ignored = [...notesOf(root)].map(({ line, path: at, message }) => `line ${line}: ${at}: ${message}`);
  return {
    ...config,
    triton: { tensors: chains === undefined ? tensorsOf(root) : [], ignored: [...new Set(ignored)].slice(0, 64) },
    ...(warmUps.length === 0 ? {} : { warmUps }),
    ...(chains === undefined ? {} : { chains }),
  } as ServableConfig;
}

type Finding = Omit<Problem, 'source'>;

/** Fields that a model may not have here, and why. */
const refused: Readonly<Record<string, string>> = {
  sequence_batching: 'models that keep state from one request to the next are not served',
  batch_input: 'inputs made of the batch are not served',
  batch_output: 'outputs made of the batch are not served',
};

function* refusedTensors(root: Node): Iterable<Finding> {
  for (const section of ['input', 'output'])
    for (const tensor of root.all(section)) {
      const name = tensor.one('name')?.text ?? '';
      if (name === '') yield { line: tensor.line, path: `${section}.name`, message: 'missing' };
      for (const key of ['reshape', 'is_shape_tensor', 'allow_ragged_batch', 'optional']) {
        const found = tensor.one(key);
        if (found === undefined || (key !== 'reshape' && !found.truth)) continue;
        yield {
          line: found.line,
          path: `${section}.${key}`,
          message: 'is not supported: tensors are those of the model',
        };
      }
    }
}

function refusals(root: Node, folder: string): readonly Finding[] {
  const found: Finding[] = [...refusedTensors(root)];
  for (const [key, message] of Object.entries(refused)) {
    const node = root.one(key);
    if (node !== undefined) found.push({ line: node.line, path: key, message });
  }
  const name = root.one('name');
  if (name !== undefined && name.text !== folder && name.text !== '') {
    const message = `found ${JSON.stringify(name.text)}, want the name of the folder, ${JSON.stringify(folder)}`;
    found.push({ line: name.line, path: 'name', message });
  }
  const decoupled = root.one('model_transaction_policy')?.one('decoupled');
  if (decoupled?.truth === true)
    found.push({
      line: decoupled.line,
      path: 'model_transaction_policy.decoupled',
      message: 'a request has one response here',
    });
  return found;
}

/** Sections of servable_config.yaml; `lines` is told where each value came from. */
function sectionsOf(root: Node, lines: Map<string, number>): object {
  const sections: Record<string, Record<string, unknown>> = { model: {}, batching: {}, versions: {} };
  const set: SetField = (section, key, node, value) => {
    if (node === undefined || value === undefined) return;
    lines.set(`${section}.${key}`, node.line);
    (sections[section] as Record<string, unknown>)[key] = value;
  };
  const batch = root.one('max_batch_size');
  const most = Math.max(1, batch?.number ?? 1);
  set('batching', 'max_batch', batch, most);
  const dynamic = root.one('dynamic_batching');
  const delay = dynamic?.one('max_queue_delay_microseconds');
  set('batching', 'max_queue_delay', delay, `${delay?.text}us`);
  const preferred = dynamic?.all('preferred_batch_size') ?? [];
  set(
    'batching',
    'buckets',
    preferred[0],
    bucketsOf(
      preferred.map((node) => node.number),
      most,
    ),
  );
  const queue = dynamic?.one('default_queue_policy')?.one('max_queue_size');
  set('batching', 'max_queue', queue, queue?.number === 0 ? undefined : queue?.number);
  const wait = dynamic?.one('default_queue_policy')?.one('default_timeout_microseconds');
  set('batching', 'queue_timeout', wait, waitOf(wait));
  const ranked = dynamic?.all('priority_queue_policy') ?? [];
  set('batching', 'priority_timeouts', ranked[0], ranked.flatMap(rankedWaitOf));
  set('model', 'response_cache', root.one('response_cache'), cacheOf(root));
  const groups = root.all('instance_group');
  set(
    'model',
    'instances',
    groups[0],
    groups.reduce((sum, group) => sum + (group.one('count')?.number ?? 1), 0),
  );
  if (groups.length > 0 && groups.every((group) => group.one('kind')?.text === 'KIND_CPU'))
    set('model', 'engines', groups[0], ['cpu']);
  const file = root.one('default_model_filename');
  set('model', 'model_file', file, file?.text === '' ? undefined : file?.text);
  if (root.one('ensemble_scheduling') === undefined) setNames(root, set);
  const policy = root.one('version_policy');
  const latest = policy?.one('latest');
  set('versions', 'latest', latest, latest?.one('num_versions')?.number ?? 1);
  set('versions', 'all', policy?.one('all'), 'yes');
  const specific = policy?.one('specific');
  set(
    'versions',
    'specific',
    specific,
    specific?.all('versions').map((node) => node.number),
  );
  return sections;
}

type SetField = (section: string, key: string, node: Node | undefined, value: unknown) => void;

function setNames(root: Node, set: SetField): void {
  set('model', 'inputs', root.one('input'), namesOf(root.all('input')));
  const outputs = namesOf(root.all('output'));
  // The names that outputs have of themselves say nothing of their order.
  if (!outputs.every((name) => /^output_\d+$/.test(name))) set('model', 'outputs', root.one('output'), outputs);
}

/** What the file says of tensors, to be compared with the model; dims lack the batch where there is one. */
function tensorsOf(root: Node): string[] {
  const isBatched = (root.one('max_batch_size')?.number ?? 0) > 0;
  return ['input', 'output'].flatMap((section) =>
    root.all(section).flatMap((tensor) => {
      const [name, type] = [tensor.one('name')?.text, tensor.one('data_type')?.text];
      const dims = tensor.all('dims').map((node) => node.text);
      if (name === undefined || type === undefined || dims.length === 0) return [];
      const dtype = type === 'TYPE_STRING' ? 'BYTES' : type.replace(/^TYPE_/, '');
      return [`${section} ${name} ${dtype} ${(isBatched ? ['-1', ...dims] : dims).join(',')}`];
    }),
  );
}

const namesOf = (tensors: readonly Node[]): string[] => tensors.map((tensor) => tensor.one('name')?.text ?? '');

/** Shorter waits than a millisecond are none that could be kept. */
const shortestWaitUs = 1000;

function waitOf(wait: Node | undefined): string | undefined {
  return wait !== undefined && wait.number >= shortestWaitUs ? `${wait.number}us` : undefined;
}

/** The longest wait of requests of one priority; none where that is not said. */
function rankedWaitOf(entry: Node): string[] {
  const wait = waitOf(entry.one('value')?.one('default_timeout_microseconds'));
  return wait === undefined ? [] : [`${entry.one('key')?.text ?? '0'}=${wait}`];
}

/** The cache of Triton is one of the server, whose size is not told here; each model has one of its own. */
const cacheSize = '64MiB';

function cacheOf(root: Node): string | undefined {
  return root.one('response_cache')?.one('enable')?.truth === true ? cacheSize : undefined;
}

/** Plans are made for one row and the largest batch as well. */
function bucketsOf(preferred: readonly number[], most: number): number[] {
  return [...new Set([1, ...preferred, most])].sort((a, b) => a - b);
}

/** Fields of the whole that have no meaning here, and what is so instead. */
const ignoredKeys: Readonly<Record<string, string>> = {
  runtime: 'has no meaning here',
  optimization:
    'has no meaning here: model.precision and model.engines of a servable_config.yaml choose how the model runs',
  cc_model_filenames: 'has no meaning here',
  metric_tags: 'has no meaning here',
  parameters: 'has no meaning here',
  model_operations: 'has no meaning here',
  model_repository_agents: 'has no meaning here',
  model_metrics: 'has no meaning here: buckets are 19 % apart',
};

const ignoredBatching: Readonly<Record<string, string>> = {
  priority_levels: 'has no meaning here: a request of any priority rises as it waits',
  default_priority_level: 'has no meaning here: 0 is the default',
};

function* notesOf(root: Node): Iterable<Finding> {
  const note = (at: string, node: Node, message: string): Finding => ({ line: node.line, path: at, message });
  for (const key of root.names) {
    const message = ignoredKeys[key];
    for (const node of message === undefined ? [] : root.all(key)) yield note(key, node, message as string);
  }
  for (const key of ['platform', 'backend']) {
    const node = root.one(key);
    if (node !== undefined && !['', 'mindird', 'mindspore_mindir', 'mindspore', 'ensemble'].includes(node.text))
      yield note(key, node, `${JSON.stringify(node.text)} has no meaning here: the model is a MindIR file`);
  }
  if (root.one('response_cache')?.one('enable')?.truth === true)
    yield note(
      'response_cache',
      root.one('response_cache') as Node,
      `is a cache of the model's own here, of ${cacheSize}`,
    );
  for (const output of root.all('output')) {
    const labels = output.one('label_filename');
    if (labels !== undefined)
      yield note(
        'output.label_filename',
        labels,
        'has no meaning here: outputs are values, a servable_config.mjs gives them labels',
      );
  }
  yield* batchingNotes(root);
  yield* groupNotes(root);
}

function* batchingNotes(root: Node): Iterable<Finding> {
  const batching = root.one('dynamic_batching');
  for (const key of batching?.names ?? []) {
    const message = ignoredBatching[key];
    const node = batching?.one(key);
    if (message !== undefined && node !== undefined)
      yield { line: node.line, path: `dynamic_batching.${key}`, message };
  }
  const ordering = batching?.one('preserve_ordering');
  if (ordering?.truth === true)
    yield {
      line: ordering.line,
      path: 'dynamic_batching.preserve_ordering',
      message: 'has no meaning here: responses of one stream are in order, others as they come',
    };
  const policies = [
    ['dynamic_batching.default_queue_policy', batching?.one('default_queue_policy')] as const,
    ...(batching?.all('priority_queue_policy') ?? []).map(
      (entry) => ['dynamic_batching.priority_queue_policy', entry.one('value')] as const,
    ),
  ];
  for (const [at, policy] of policies) if (policy !== undefined) yield* policyNotes(at, policy);
  for (const entry of batching?.all('priority_queue_policy') ?? []) {
    const size = entry.one('value')?.one('max_queue_size');
    if (size !== undefined && size.number > 0)
      yield {
        line: size.line,
        path: 'dynamic_batching.priority_queue_policy.max_queue_size',
        message: 'has no meaning here: there is one queue',
      };
  }
}

function* policyNotes(at: string, policy: Node): Iterable<Finding> {
  const action = policy.one('timeout_action');
  if (action?.text === 'DELAY')
    yield {
      line: action.line,
      path: `${at}.timeout_action`,
      message:
        'DELAY has no meaning here: what is late is refused; batching.when_full of a servable_config.yaml delays what finds the queue full',
    };
  const timeout = policy.one('default_timeout_microseconds');
  if (timeout !== undefined && timeout.number > 0 && waitOf(timeout) === undefined)
    yield {
      line: timeout.line,
      path: `${at}.default_timeout_microseconds`,
      message: `has no meaning here below ${shortestWaitUs}`,
    };
}

function* groupNotes(root: Node): Iterable<Finding> {
  const groups = root.all('instance_group');
  for (const group of groups) {
    for (const key of ['gpus', 'profile', 'rate_limiter', 'host_policy', 'secondary_devices', 'passive']) {
      const node = group.one(key);
      if (node !== undefined) yield { line: node.line, path: `instance_group.${key}`, message: 'has no meaning here' };
    }
  }
  const kinds = new Set(groups.map((group) => group.one('kind')?.text ?? 'KIND_AUTO'));
  const [first] = groups;
  if (kinds.size > 1 && first !== undefined)
    yield {
      line: first.line,
      path: 'instance_group.kind',
      message: 'several kinds have no meaning here: all instances run alike',
    };
}
