// Labels of versions by call, the way back from them, and another try of what failed.

import { ServingError } from '../../errors.ts';
import type { VersionSettingsControl } from '../../model/served.ts';
import { type HttpAsking, type HttpPage, jsonReply } from '../../protocol/http-route.ts';
import { quote } from '../../util/text.ts';

type Entries = Readonly<Record<string, unknown>>;

const anyObject = { type: 'object' } as const;

/** GET and PUT of labels, and rollback; none without `versions`. */
export function versionRoutes(versions: VersionSettingsControl | undefined): readonly HttpPage[] {
  if (versions === undefined) return [];
  const nameOf = ({ params }: HttpAsking): string => params['model'] ?? '';
  const path = '/v2/models/:model/labels';
  return [
    {
      method: 'GET',
      path,
      summary: 'labels and split of its versions',
      handle: (asking) => jsonReply(versions.settings(nameOf(asking))),
    },
    {
      method: 'PUT',
      path,
      summary: 'changes labels and split',
      takes: { type: 'object', required: ['labels'], properties: { labels: anyObject, split: anyObject } },
      writes: true,
      handle: async (asking) => {
        const { labels, split } = labelsIn(asking.body);
        return jsonReply(await versions.label(nameOf(asking), labels, split));
      },
    },
    {
      method: 'POST',
      path: '/v2/models/:model/reload',
      summary: 'looks at the files again and retries versions that failed',
      writes: true,
      handle: async (asking) => jsonReply(await versions.reload(nameOf(asking))),
    },
    {
      method: 'POST',
      path: '/v2/models/:model/rollback',
      summary: 'takes the last change of labels back',
      takes: anyObject,
      takesNone: true,
      writes: true,
      handle: async (asking) => jsonReply(await versions.rollback(nameOf(asking))),
    },
  ];
}

const wanted = 'want {"labels":{"stable":3,"canary":4},"split":{"stable":95,"canary":5}}';

function labelsIn(body: string): { readonly labels: Entries; readonly split: Entries } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new ServingError('INVALID_ARGUMENT', `request body: is not JSON, ${wanted}`);
  }
  if (!isObject(parsed)) throw new ServingError('INVALID_ARGUMENT', `request body: is no object, ${wanted}`);
  const unknown = Object.keys(parsed).find((key) => key !== 'labels' && key !== 'split');
  if (unknown !== undefined)
    throw new ServingError('INVALID_ARGUMENT', `request body: ${quote(unknown)}: unknown key, ${wanted}`);
  const { labels, split = {} } = parsed;
  if (!isObject(labels) || !isObject(split))
    throw new ServingError('INVALID_ARGUMENT', `request body: labels or split is no object, ${wanted}`);
  return { labels, split };
}

function isObject(value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
