// Routes of the shared memory extensions, which are not supported: clients are told so in place of a path that is not there.

import { ServingError } from '../../errors.ts';
import { type HttpCallRoute, smallCall } from '../http-route.ts';

export function sharedMemoryRoutes(): readonly HttpCallRoute[] {
  const refuse = (): never => {
    throw new ServingError('UNSUPPORTED', 'shared memory is not supported over HTTP');
  };
  return ['/v2/systemsharedmemory', '/v2/cudasharedmemory'].flatMap((path) => [
    smallCall({ summary: 'refused', method: 'GET', path: `${path}/status` }, refuse),
    smallCall({ summary: 'refused', method: 'GET', path: `${path}/region/:region/status` }, refuse),
    smallCall({ summary: 'refused', method: 'POST', path: `${path}/region/:region/register`, group: 'admin' }, refuse),
    smallCall(
      { summary: 'refused', method: 'POST', path: `${path}/region/:region/unregister`, group: 'admin' },
      refuse,
    ),
    smallCall({ summary: 'refused', method: 'POST', path: `${path}/unregister`, group: 'admin' }, refuse),
  ]);
}
