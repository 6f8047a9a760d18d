// What makes `import … from 'mindird/servable'` work wherever the importing file lies: the name stands for a module that hands on what this
// process has under a global symbol. The same hooks see which files are imported.

import module from 'node:module';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';

const specifier = 'mindird/servable';
const key = 'mindird.servable';

type Next<T> = (url: string, context?: unknown) => T;

/** Node.js 22.15 and later have hooks of the thread itself. */
interface SyncHooks {
  readonly registerHooks?: (hooks: {
    readonly resolve: (name: string, context: unknown, next: Next<unknown>) => unknown;
    readonly load: (url: string, context: unknown, next: Next<unknown>) => unknown;
  }) => void;
}

function apiUrl(api: object): string {
  const source = `export const { ${Object.keys(api).join(', ')} } = globalThis[Symbol.for('${key}')];`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** The hooks of Node.js 20 run in a thread of their own, which this is the text of. */
function hooksText(url: string): string {
  const source = `let port;
export const initialize = (given) => { port = given; };
export const resolve = (name, context, next) =>
  name === '${specifier}' ? { url: ${JSON.stringify(url)}, format: 'module', shortCircuit: true } : next(name, context);
export const load = (url, context, next) => { port.postMessage(url); return next(url, context); };`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** Installs the hooks; the function returned tells the URLs of all files imported since. */
export function installHooks(api: object): () => readonly string[] {
  Object.assign(globalThis, { [Symbol.for(key)]: api });
  const url = apiUrl(api);
  const seen = new Set<string>();
  const files = (): readonly string[] => [...seen].filter((found) => found.startsWith('file:'));
  const { registerHooks } = module as SyncHooks;
  if (registerHooks !== undefined) {
    registerHooks({
      resolve: (name, context, next) =>
        name === specifier ? { url, format: 'module', shortCircuit: true } : next(name, context),
      load: (found, context, next) => {
        seen.add(found);
        return next(found, context);
      },
    });
    return files;
  }
  const { port1, port2 } = new MessageChannel();
  port1.unref();
  module.register(hooksText(url), { data: port2, transferList: [port2] });
  return () => {
    for (let message = receiveMessageOnPort(port1); message !== undefined; message = receiveMessageOnPort(port1))
      seen.add(String(message.message));
    return files();
  };
}
