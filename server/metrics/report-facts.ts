// Reads the numbers the metrics show out of a native model report. The report is for people first and may grow, so this
// looks for what it knows wherever it lies and ignores the rest.

export interface ReportFacts {
  /** Seconds by load stage. */
  readonly stages: ReadonlyMap<string, number>;
  /** Seconds spent building, by engine. */
  readonly builds: ReadonlyMap<string, number>;
  /** Nodes of one plan by engine. */
  readonly nodes: ReadonlyMap<string, number>;
  /** Subgraphs of all plans that their engine could not build and another one runs, by that engine. */
  readonly fallbacks: ReadonlyMap<string, number>;
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : 'unknown';
}

function bump(counts: Map<string, number>, key: string, more: unknown): void {
  counts.set(key, (counts.get(key) ?? 0) + (typeof more === 'number' ? more : 0));
}

/** Every object of the report that describes a plan, outermost first. */
function plansOf(value: unknown, depth: number): readonly Json[] {
  if (depth > 4) return [];
  if (Array.isArray(value)) return value.flatMap((item) => plansOf(item, depth + 1));
  if (!isObject(value)) return [];
  const inner = Object.values(value).flatMap((item) => plansOf(item, depth + 1));
  return Array.isArray(value['partitions']) ? [value, ...inner] : inner;
}

function addStages(stages: Map<string, number>, holder: Json): void {
  if (!isObject(holder['stages'])) return;
  for (const [name, us] of Object.entries(holder['stages']))
    if (name.endsWith('_us')) bump(stages, name.slice(0, -3), Number(us) / 1e6);
}

/** Collects the facts of a parsed report. */
export function reportFacts(report: unknown): ReportFacts {
  const stages = new Map<string, number>();
  const builds = new Map<string, number>();
  const nodes = new Map<string, number>();
  const fallbacks = new Map<string, number>();
  const plans = plansOf(report, 0);
  if (isObject(report) && !plans.includes(report)) addStages(stages, report);
  for (const plan of plans) {
    addStages(stages, plan);
    for (const partition of objects(plan['partitions'])) {
      const engine = text(partition['engine']);
      bump(builds, engine, Number(partition['build_us'] ?? 0) / 1e6);
      if (isObject(partition['fallback'])) bump(fallbacks, text(partition['fallback']['from']), 1);
    }
  }
  // A model that was built and then could not run: the last engine runs all of it.
  if (isObject(report) && isObject(report['fallback'])) bump(fallbacks, text(report['fallback']['from']), 1);
  for (const node of objects(plans[0]?.['nodes'])) bump(nodes, text(node['engine']), 1);
  return { stages, builds, nodes, fallbacks };
}
