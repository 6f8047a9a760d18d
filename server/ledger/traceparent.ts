// The header `traceparent` of W3C Trace Context: version-traceid-parentid-flags in hexadecimal digits.

/** Where a call stands in its caller's trace. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The caller's span, 16 hexadecimal digits. */
  readonly spanId: string;
  /** The caller keeps this trace. */
  readonly sampled: boolean;
}

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Undefined for what is no valid traceparent, which the standard says to ignore. */
export function parseTraceparent(text: string): TraceParent | undefined {
  if (text === '') return undefined;
  const [, version = '', traceId = '', spanId = '', flags = '', more] = form.exec(text.trim()) ?? [];
  if (version === '' || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
