// `mindird report`: the article's table for every model of a repository, native against each engine.

import { writeFile } from 'node:fs/promises';
import type { Argv } from 'yargs';
import { loadConfig } from '../config/load.ts';
import { homeFolder } from '../util/home.ts';
import { exitCode } from './command.ts';
import { CommandFailure } from './failure.ts';
import { machineFacts, noiseWarning } from './machine/facts.ts';
import { systemInfo } from './machine/system.ts';
import { type MeasureOptions, type MeasureProgress, measureAll } from './report/measure.ts';
import { baseline, type ReportResult } from './report/result.ts';
import { reportText } from './report/text.ts';
import { reportWarnings } from './report/warnings.ts';
import { reportPage } from './report-page/page.ts';
import { formatElapsed } from './terminal/format.ts';
import { durationOption, positiveOption, rangeOption, shapeOptions } from './terminal/options.ts';
import { ProgressLine } from './terminal/progress.ts';

const reportRule =
  'one request after another, each with another random input; the first 2 skipped, the mean of the next 10';

/** Adds the command. */
export const addReport = (program: Argv): Argv =>
  program.command(
    'report',
    "the article's table: native against each engine, for every model found",
    (y) =>
      y
        .option('repository', { type: 'string', describe: 'folder of servables' })
        .option('engines', { type: 'string', default: 'cpu', describe: 'engines to compare with native, by commas' })
        .option('threads', {
          type: 'number',
          describe: 'threads of one inference',
          coerce: positiveOption('threads', true),
        })
        .option('cache', { type: 'string', describe: 'folder of the engine cache' })
        .option('shape', {
          type: 'string',
          array: true,
          nargs: 1,
          default: [],
          describe: 'MODEL:INPUT=1,3,224,224 for an input with unknown sizes (else 1)',
          coerce: shapeOptions,
        })
        .option('integers', {
          type: 'string',
          default: '0:1',
          describe: 'LOW:HIGH of random integer inputs',
          coerce: rangeOption('integers'),
        })
        .option('timeout', {
          type: 'string',
          default: '5m',
          describe: 'give a request up after this time',
          coerce: durationOption('timeout'),
        })
        .option('max-load', {
          type: 'number',
          describe: 'refuse to measure when the load average is higher at the start',
        })
        .option('json', {
          type: 'string',
          describe: 'write the report to FILE as JSON; without FILE print JSON instead of text',
        })
        .option('html', { type: 'string', describe: 'write a page to FILE that opens without a network' }),
    async (argv) => {
      const refusal = argv.maxLoad === undefined ? '' : noiseWarning(machineFacts().load, 1, argv.maxLoad);
      if (refusal !== '') throw new CommandFailure(`report: ${refusal}`);
      const { repository, cache } = loadedPaths(argv.repository, argv.cache);
      const engines = [baseline, ...argv.engines.split(',').filter((name) => name !== '' && name !== baseline)];
      // This program, as it was itself started.
      const command = [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
      const { threads, shape: shapes, integers, timeout: timeoutMs } = argv;
      const result = await report(
        { command, repository, cache, engines, threads, shapes, integers, timeoutMs },
        argv.maxLoad,
      );
      await write(result, argv.json, argv.html);
      if (result.models.length === 0 || result.models.some((row) => row.runs.some((run) => !run.ok)))
        process.exitCode = exitCode.failed;
    },
  );

/** Paths as the server itself would resolve them. */
function loadedPaths(
  repository: string | undefined,
  cache: string | undefined,
): { repository: string; cache: string | undefined } {
  const { config } = loadConfig({
    file: undefined,
    environment: process.env,
    flags: { 'repository.path': repository, 'cache.path': cache },
    cwd: process.cwd(),
    home: homeFolder(),
  });
  return { repository: config.repository.path, cache: config.cache.path ?? undefined };
}

/** Measures everything and gathers the header. */
export async function report(options: MeasureOptions, maxLoad: number | undefined): Promise<ReportResult> {
  const machine = machineFacts();
  const line = new ProgressLine(process.stderr);
  try {
    const { models, server, breakdowns } = await measureAll(options, progressOn(line));
    line.clear();
    for (const text of breakdowns) process.stderr.write(`${text}\n`);
    return {
      kind: 'mindird-report',
      format: 1,
      rule: reportRule,
      repository: options.repository,
      engines: options.engines,
      threads: options.threads ?? null,
      machine,
      loadAfter: machineFacts().load,
      system: systemInfo(),
      server,
      warnings: reportWarnings(machine, maxLoad, models),
      models,
    };
  } finally {
    line.clear();
  }
}

function progressOn(line: ProgressLine): MeasureProgress {
  return {
    loading: (engine, settled, known, elapsed) =>
      line.text(`${engine}: ${settled} of ${known} models loaded, ${formatElapsed(elapsed)}`),
    measuring: (engine, model, done, total) => line.bar(done / total, `${engine}: ${model}`),
  };
}

async function write(result: ReportResult, json: string | undefined, html: string | undefined): Promise<void> {
  if (html !== undefined) await writeFile(html, reportPage(result));
  const text = JSON.stringify(result, null, 2);
  if (json === '') process.stdout.write(`${text}\n`);
  else {
    if (json !== undefined) await writeFile(json, `${text}\n`);
    process.stdout.write(`${reportText(result)}\n`);
  }
}
