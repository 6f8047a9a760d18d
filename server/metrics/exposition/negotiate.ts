// Which format a scraper gets: the one it likes best of those there are.

import type { Exposition } from './exposition.ts';
import { TextExposition } from './text.ts';

export type Format = 'text' | 'openmetrics' | 'protobuf';

interface Accepted {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

function parse(accept: string): readonly Accepted[] {
  return accept.split(',', 32).map((part) => {
    const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
    const parameters = new Map(
      rest.map((piece) => {
        const [name = '', value = ''] = piece.split('=', 2);
        return [name.toLowerCase(), value.replaceAll('"', '')] as const;
      }),
    );
    const quality = parameters.has('q') ? Number(parameters.get('q')) : 1;
    return { type: type.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 0 };
  });
}

function formatOf({ type, parameters }: Accepted): Format | undefined {
  if (type === 'application/vnd.google.protobuf')
    return parameters.get('proto') === 'io.prometheus.client.MetricFamily' && parameters.get('encoding') === 'delimited'
      ? 'protobuf'
      : undefined;
  if (type === 'application/openmetrics-text')
    return (parameters.get('version') ?? '1.0.0') === '1.0.0' ? 'openmetrics' : undefined;
  return type === 'text/plain' || type === 'text/*' || type === '*/*' ? 'text' : undefined;
}

/** The format for the header `Accept`; text for whoever says nothing that is known. */
export function negotiate(accept: string): Format {
  const [best] = parse(accept)
    .filter(({ quality }) => quality > 0)
    .flatMap((accepted) => {
      const format = formatOf(accepted);
      return format === undefined ? [] : [{ format, quality: accepted.quality }];
    })
    .sort((a, b) => b.quality - a.quality);
  return best?.format ?? 'text';
}

/** An exposition of the format. What writes protobuf is loaded when somebody asks for it. */
export async function expositionOf(format: Format): Promise<Exposition> {
  if (format !== 'protobuf') return new TextExposition(format === 'openmetrics');
  const { ProtobufExposition } = await import('./protobuf.ts');
  return new ProtobufExposition();
}
