// Process entry: parses the arguments, runs one command, maps errors to exit codes.

import { exitCode } from './cli/command.ts';
import { configFlags } from './cli/config-flags.ts';
import { CommandFailure, UsageError } from './cli/failure.ts';
import { commandsFor } from './cli/index.ts';
import { plainFlags } from './cli/plain-flags.ts';
import { ConfigError, describeProblem } from './config/problem.ts';
import { ServingError } from './errors.ts';
import { projectVersion } from './util/version.ts';

async function run(args: readonly string[]): Promise<void> {
  if (args.length === 1 && args[0] === '--version') return void process.stdout.write(`${projectVersion()}\n`);
  const flags = args[0] === 'serve' ? plainFlags(args.slice(1), configFlags) : undefined;
  if (flags !== undefined) return (await import('./cli/serve.ts')).serve(flags);
  const [{ default: yargs }, commands] = await Promise.all([import('yargs'), commandsFor(args)]);
  let program = yargs([...args])
    .scriptName('mindird')
    .usage('$0 <command>')
    .version(projectVersion())
    .strict()
    .demandCommand(1, 'want a command')
    .recommendCommands()
    .wrap(Math.min(120, process.stdout.columns ?? 120))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      // yargs wraps what option values throw when they are read.
      if (error !== undefined && error.name !== 'YError') throw error;
      throw new UsageError(error?.message ?? message ?? 'wrong arguments');
    });
  for (const add of commands) program = add(program);
  await program.parseAsync();
}

function codeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCode.usage;
  if (error instanceof ConfigError && error.problems.every(({ source }) => source === 'command line'))
    return exitCode.usage;
  return error instanceof ServingError && error.code === 'INVALID_CONFIG' ? exitCode.config : exitCode.failed;
}

/** True for what the operating system refused, like a file that is not there. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

function textOf(error: unknown): string {
  if (error instanceof UsageError)
    return `${error.message}\nmindird --help lists the commands, mindird COMMAND --help their options`;
  if (error instanceof ConfigError) return error.problems.map(describeProblem).join('\n');
  if (error instanceof CommandFailure || (error instanceof ServingError && error.code !== 'INTERNAL'))
    return error.message;
  if (isSystemError(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

// A reader that has seen enough (`mindird inspect … | head`) ends a command; a server goes on without it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (process.argv[2] !== 'serve') process.exit();
});

run(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`mindird: ${textOf(error)}\n`);
  process.exitCode = codeOf(error);
  // Whatever a failed command left running must not keep the process.
  process.exit();
});
