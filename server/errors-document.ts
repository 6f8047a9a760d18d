// docs/ERRORS.md, from the code table.

import { status } from '@grpc/grpc-js';
import type { CodeEntry } from './errors.ts';
import { CODES } from './errors.ts';

function row(code: string, { meaning, grpc, http, retry, log, shown }: CodeEntry): string {
  return `| \`${code}\` | ${meaning} | ${status[grpc] ?? grpc} | ${http} | ${retry} | ${log} | ${shown ? 'yes' : 'no'} |`;
}

/** The whole text of docs/ERRORS.md. */
export function errorsDocument(): string {
  return [
    '# Errors',
    '',
    'Generated from `server/errors.ts` by `node tools/gen.mjs`.',
    '',
    'A message names the place first, then what was found and what was wanted:',
    '`lenet/3: model.mindir: node "Default/conv1" (Conv2D): stride has 3 values, want 1 or 2`.',
    'Where the last column says no, the caller sees the code alone and the log has the cause.',
    '',
    '| code | meaning | gRPC status | HTTP | retry | log level | message shown |',
    '|---|---|---|---|---|---|---|',
    ...Object.entries(CODES).map(([code, entry]) => row(code, entry)),
    '',
    '## Exit codes of `mindird`',
    '',
    '| code | meaning |',
    '|---|---|',
    '| 0 | the command did its work; the server drained and stopped |',
    '| 1 | it failed |',
    '| 2 | the command line is wrong |',
    '| 78 | the configuration or the repository is wrong |',
    '| 130, 143 | a second SIGINT or SIGTERM ended the server at once |',
    '',
  ].join('\n');
}
