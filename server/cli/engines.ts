// `mindird engines`: which engines this machine has, and why not the others.

import type { Argv } from 'yargs';
import { loadConfig } from '../config/load.ts';
import { configureOptions } from '../model/configure.ts';
import { loadAddon } from '../native/binding.ts';
import type { SystemInfo } from '../native/binding-types.ts';
import { addConfigFile, configInputs } from './config-flags.ts';

/** Adds the command. */
export const addEngines = (program: Argv): Argv =>
  program.command(
    'engines',
    'list the engines of this machine',
    (y) => addConfigFile(y).option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
    (argv) => {
      const addon = loadAddon();
      const { config } = loadConfig(configInputs(argv));
      // The engines a server with this configuration would find, and what there is towards those it would not.
      const options = configureOptions(config);
      addon.configure({ ...options, tensorrt: { ...options.tensorrt, withoutDevice: true } });
      const system = addon.systemInfo();
      process.stdout.write(argv.json ? `${JSON.stringify(system, null, 2)}\n` : enginesText(system));
    },
  );

/** The list as a person reads it. */
export function enginesText({ cpuModel, isa, cpus, quota, threads, engines }: SystemInfo): string {
  const width = Math.max(...engines.map(({ name }) => name.length));
  const lines = engines.map(({ name, available, version, device, why }) =>
    `${name.padEnd(width)}  ${available ? `available  ${version}  ${device}` : `not available: ${why}`}`.trimEnd(),
  );
  const found = engines.flatMap(
    ({ name, version, library = '', module = '', builder = '', devices = [], tried = [] }) =>
      [
        ...(library === '' ? [] : [`library ${library}: ${version}`]),
        ...(module === '' ? [] : [`module ${module}`]),
        ...(builder === '' ? [] : [`builder ${builder}`]),
        ...devices.map((device) => `device ${device}`),
        ...tried.map((place) => `tried ${place}`),
      ].map((line) => `  ${name}: ${line}`),
  );
  lines.push(...found);
  return `${[`${cpuModel}, ${isa}, ${cpus} CPUs, quota ${quota}, ${threads} threads for one inference`, ...lines].join('\n')}\n`;
}
