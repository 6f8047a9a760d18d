// Listening addresses: `host:port`, `[ipv6]:port`, `unix:PATH`.

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

const tcp = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9.\-*]{1,253})):(\d{1,5})$/;
/** Longest path of a unix socket on Linux, without the closing zero. */
const longestSocketPath = 107;

/** The parts of an address; undefined when the text is none. */
export function parseAddress(text: string): Address | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice(5).replace(/^\/\/(?=\/)/, '');
    return path !== '' && Buffer.byteLength(path) <= longestSocketPath ? { kind: 'unix', path } : undefined;
  }
  const match = tcp.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? undefined : { kind: 'tcp', host, port };
}
