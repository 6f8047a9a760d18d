// Stands in for `mindird serve` in tests of the report: the fake server on the address the flags name. The engine
// "crash" ends at once, as a server with a broken configuration would.

import { startFakeServer } from '../client/fake-server.ts';

const flag = (name: string): string => process.argv[process.argv.indexOf(`--${name}`) + 1] ?? '';

if (process.argv[2] !== 'serve') throw new Error('the first argument is not serve');
if (flag('engine') === 'crash') {
  process.stderr.write('crash: line 3: unknown key\n');
  process.exit(78);
}
const server = await startFakeServer(flag('grpc'));
process.on('SIGTERM', () => {
  server.stop();
  process.exit(0);
});
