// What a measurement must say about the machine it was made on.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Facts of this machine at one moment. */
export interface MachineFacts {
  readonly time: string;
  readonly cpu: string;
  readonly logicalCpus: number;
  readonly governor: string;
  readonly gpus: readonly string[];
  readonly driver: string;
  readonly memoryGiB: number;
  readonly os: string;
  readonly kernel: string;
  readonly node: string;
  /** Load averages over 1, 5 and 15 minutes. */
  readonly load: readonly number[];
}

const gpuFolder = '/proc/driver/nvidia/gpus';

/** Reads the facts; what cannot be read is "unknown" or empty. */
export function machineFacts(): MachineFacts {
  const cpus = os.cpus();
  return {
    time: new Date().toISOString(),
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    logicalCpus: cpus.length,
    governor: firstLine('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor') || 'unknown',
    gpus: gpuNames(),
    driver: /Kernel Module\s+([\d.]+)/.exec(firstLine('/proc/driver/nvidia/version'))?.[1] ?? '',
    memoryGiB: Math.round((os.totalmem() / 2 ** 30) * 10) / 10,
    os: osName(readText('/etc/os-release')),
    kernel: `${os.type()} ${os.release()} ${os.machine()}`,
    node: process.version,
    load: os.loadavg().map((value) => Math.round(value * 100) / 100),
  };
}

/** The distribution's name out of os-release text. */
export function osName(release: string): string {
  return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(release)?.[1] ?? 'unknown';
}

/** Why figures from this machine deserve doubt; empty when nothing speaks against them. */
export function noiseWarning(load: readonly number[], logicalCpus: number, maxLoad: number | undefined): string {
  const limit = maxLoad ?? Math.max(0.5, logicalCpus * 0.25);
  const now = load[0] ?? 0;
  return now > limit ? `the machine is busy: load average ${now.toFixed(2)}, want at most ${limit.toFixed(2)}` : '';
}

function gpuNames(): string[] {
  if (!existsSync(gpuFolder)) return [];
  return readdirSync(gpuFolder).map((gpu) => {
    const text = readText(path.join(gpuFolder, gpu, 'information'));
    return /^Model:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? 'unknown GPU';
  });
}

function firstLine(file: string): string {
  return readText(file).split('\n')[0] ?? '';
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
