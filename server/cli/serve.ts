// `mindird serve`: runs the daemon until a signal ends it.

import module from 'node:module';
import type { Argv } from 'yargs';
import { loadConfig } from '../config/load.ts';
import { Daemon } from '../daemon.ts';
import { isLogLevel, ServerLog } from '../log.ts';
import { loadAddon } from '../native/binding.ts';
import { projectVersion } from '../util/version.ts';
import { exitCode } from './command.ts';
import { addConfigFlags, configInputs } from './config-flags.ts';
import { notifyServiceManager } from './service-manager.ts';

/** Shell convention for an end by signal: 128 and its number. */
const signalNumbers = { SIGINT: 2, SIGTERM: 15 } as const;

/** Adds the command. */
export const addServe = (program: Argv): Argv =>
  program.command('serve', 'serve a repository of models', addConfigFlags, serve);

/** Runs the server until a signal has stopped it; `argv` has the values of the flags. */
export async function serve(argv: Readonly<Record<string, unknown>>): Promise<void> {
  const inputs = configInputs(argv);
  const loaded = loadConfig(inputs);
  const { level } = loaded.config.log;
  const log = new ServerLog(isLogLevel(level) ? level : 'info');
  for (const warning of loaded.warnings) log.warn('config.warning', { error: warning });
  const version = projectVersion();
  const daemon = new Daemon({ loaded, inputs, native: loadAddon(), log, version });
  const stopped = watchSignals(daemon, log);
  await daemon.start();
  await Promise.race([stopped, daemon.whenSettled().then(() => announce(daemon, version))]);
  void notifyServiceManager(log, ['--ready', '--status=ready']);
  keepCompiledCode();
  await stopped;
  // Native threads may be in the middle of a build; nothing waits for them.
  process.exit(exitCode.ok);
}

/** Resolves when a signal has stopped the daemon. A second signal ends the process at once; SIGHUP reloads. */
function watchSignals(daemon: Daemon, log: ServerLog): Promise<void> {
  process.on('SIGHUP', () => void daemon.reload());
  return new Promise((resolve) => {
    let stopping = false;
    const onSignal = (signal: keyof typeof signalNumbers): void => {
      if (stopping) {
        log.warn('server.killed', { signal });
        process.exit(128 + signalNumbers[signal]);
      }
      stopping = true;
      void notifyServiceManager(log, ['STOPPING=1', '--status=draining']);
      void daemon.stop(signal).finally(resolve);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

function announce(daemon: Daemon, version: string): void {
  const states = daemon.models.versions().map((status) => status.state);
  const ready = states.filter((state) => state === 'ready').length;
  const failed = states.filter((state) => state === 'failed').length;
  // A reader that went away must not take the server with it.
  process.stdout.on('error', () => undefined);
  const models = `${ready} model ${ready === 1 ? 'version' : 'versions'}${failed > 0 ? ` (${failed} failed)` : ''}`;
  process.stdout.write(
    `mindird ${version} ready: grpc ${daemon.grpcAddresses.join(', ')}, http ${daemon.httpAddress}, ${models}\n`,
  );
}

/** What V8 has compiled until now goes to the folder that NODE_COMPILE_CACHE names, whatever way the process ends; where it is there already nothing happens. */
function keepCompiledCode(): void {
  const { flushCompileCache } = module as { readonly flushCompileCache?: () => void };
  flushCompileCache?.();
}
