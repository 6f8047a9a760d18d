// The processors a native package is made for: where its build lies, and the programs and folders of others that go into it.

import path from 'node:path';
import { arm64Onednn } from '../fetch-arm64.mjs';
import { onednn } from '../fetch-onednn.mjs';
import { dependencies } from '../lib/paths.mjs';

const arm64 = path.join(dependencies, 'arm64');

/** By npm's name of the processor. `debian` is where Debian's packages of what is linked were unpacked, unless they are installed. */
export const architectures = {
  x64: {
    arch: 'x64',
    words: 'x86-64',
    preset: 'release',
    tools: '',
    onednn: path.join(dependencies, 'onednn-3.13'),
    artefact: onednn,
    openmp: 'libgomp1',
  },
  // Without the TensorRT engine: its modules are made for servers with NVIDIA's cards, which are of x86-64.
  arm64: {
    arch: 'arm64',
    words: 'arm64',
    preset: 'arm64',
    tools: 'aarch64-linux-gnu-',
    onednn: path.join(arm64, 'onednn'),
    artefact: arm64Onednn,
    openmp: 'libgomp1-arm64-cross',
    debian: arm64,
  },
};

/** The npm package for a processor. */
export const nativePackage = ({ arch }) => `@mindird/linux-${arch}`;
