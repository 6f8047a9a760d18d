// The Python environment of the peers, build/peers-venv, with the versions of test/bench/requirements.txt.

import path from 'node:path';
import { inRoot } from '../lib/paths.mjs';
import { prepareEnvironment } from '../tests/python.mjs';

const kFolder = inRoot('build', 'peers-venv');

export const peersPython = path.join(kFolder, 'bin', 'python');

/** Makes it, unless it is there. */
export const preparePeers = () => prepareEnvironment(kFolder, inRoot('test', 'bench', 'requirements.txt'));
