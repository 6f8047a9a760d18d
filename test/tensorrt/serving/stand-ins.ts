// Servers whose CUDA driver and TensorRT are the stand-ins of this folder: no GPU is used.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { addonPath } from '../../../server/native/addon-file.ts';

/** Where the build puts the stand-ins and, beside the addon, the engine's modules. */
export const buildFolder: string = path.dirname(addonPath());
/** The folder of both stand-ins. */
export const standIns: string = path.join(buildFolder, 'fake_gpu');

/** How the stand-ins behave; see test/tensorrt/cuda/settings.h and test/tensorrt/nvinfer/entry.h. */
export interface Behaviour {
  readonly cuda?: string;
  readonly nvinfer?: string;
  /** Searched for both libraries. */
  readonly folder?: string;
}

/** The environment of a process that finds the stand-ins. */
export function standInEnvironment({
  cuda = '',
  nvinfer = '',
  folder = standIns,
}: Behaviour = {}): Record<string, string> {
  return { LD_LIBRARY_PATH: folder, MINDIRD_TEST_CUDA: cuda, MINDIRD_TEST_NVINFER: nvinfer };
}

/** How many processes build engines for a server. */
export function buildersOf(server: number): number {
  const isBuilder = (pid: string): boolean => {
    try {
      const [program = '', command, parent] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return program.endsWith('/mindird-builder') && command === 'build' && parent === String(server);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isBuilder(name)).length;
}
