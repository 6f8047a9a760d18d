// The shared memory extensions over HTTP: regions of system shared memory, and of device memory, of which none can be registered.

import { ServingError } from '../../errors.ts';
import type { RegionStatus, SharedRegions } from '../../inference/shared-regions.ts';
import { type HttpCallRoute, type HttpReply, jsonLine, smallCall } from '../http-route.ts';
import { asObject, textOf, wholeOf } from '../json/fields.ts';
import { jsonText, plainJson } from '../json/json.ts';
import { MAX_NAME } from '../open-inference/limits.ts';
import { onlyOn, refuseDevice } from '../open-inference/shared-memory-calls.ts';
import { anyObject, regionList, registerRequest } from './schemas.ts';

type Answer = (params: Readonly<Record<string, string>>, body: Buffer) => HttpReply;

interface Answers {
  readonly status: Answer;
  readonly register: Answer;
  readonly unregister: Answer;
}

/** Routes over the regions there are; without them nothing can be registered, and nothing is. */
export function sharedMemoryRoutes(regions: SharedRegions | undefined): readonly HttpCallRoute[] {
  const done = (): HttpReply => jsonLine({});
  return [
    ...routesOf('/v2/systemsharedmemory', {
      status: ({ region = '' }) => jsonLine((regions?.status(region) ?? missing(region)).map(described)),
      register: ({ region = '' }, body) => {
        onlyOn(regions).register(asked(region, body));
        return done();
      },
      unregister: ({ region = '' }) => {
        regions?.unregister(region);
        return done();
      },
    }),
    ...routesOf('/v2/cudasharedmemory', {
      status: ({ region = '' }) => jsonLine(missing(region)),
      register: refuseDevice,
      unregister: done,
    }),
  ];
}

/** Whoever may infer may say where tensors lie. */
const ofInference = { group: 'infer', about: () => undefined } as const;

function routesOf(base: string, { status, register, unregister }: Answers): readonly HttpCallRoute[] {
  const get = { ...ofInference, method: 'GET', summary: 'the regions of shared memory', gives: regionList } as const;
  const change = { ...ofInference, method: 'POST', takesNone: true, gives: anyObject } as const;
  const one = `${base}/region/:region`;
  const registering = { ...ofInference, method: 'POST', takes: registerRequest, gives: anyObject } as const;
  return [
    smallCall({ ...get, path: `${base}/status` }, status),
    smallCall({ ...get, path: `${one}/status` }, status),
    smallCall({ ...registering, path: `${one}/register`, summary: 'registers a region' }, register),
    smallCall({ ...change, path: `${one}/unregister`, summary: 'forgets a region' }, unregister),
    smallCall({ ...change, path: `${base}/unregister`, summary: 'forgets all regions' }, unregister),
  ];
}

/** No regions; throws NOT_FOUND for one that is named. */
function missing(region: string): readonly RegionStatus[] {
  if (region === '') return [];
  throw new ServingError('NOT_FOUND', `region ${JSON.stringify(region.slice(0, 100))}: is not registered`);
}

function described({ byteSize, ...rest }: RegionStatus): object {
  return { ...rest, byte_size: byteSize };
}

function asked(name: string, body: Buffer): RegionStatus {
  const request = asObject(plainJson(jsonText(body)), 'request JSON');
  return {
    name,
    key: textOf(request, 'key', MAX_NAME, 'request') ?? '',
    offset: wholeOf(request, 'offset', 'field'),
    byteSize: wholeOf(request, 'byte_size', 'field'),
  };
}
