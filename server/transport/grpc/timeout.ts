// The header grpc-timeout: up to eight digits and a unit (gRPC over HTTP/2, "Timeout").

const UNITS: ReadonlyMap<string, number> = new Map([
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1000],
  ['m', 1],
  ['u', 1 / 1e3],
  ['n', 1 / 1e6],
]);

const TIMEOUT = /^(\d{1,8})([HMSmun])$/;

/** Milliseconds of a grpc-timeout, fractions included; undefined when the text is none. */
export function parseTimeout(text: string): number | undefined {
  const match = TIMEOUT.exec(text);
  const unit = UNITS.get(match?.[2] ?? '');
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}
