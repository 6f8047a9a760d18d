// Listening addresses: `host:port`, `[ipv6]:port`, `unix:PATH`. Without a host, all addresses of the machine are meant.

export type Address = { readonly path: string } | { readonly host: string; readonly port: number };

const tcp = /^(?:\[([0-9A-Fa-f:.%]{2,64})\]|([A-Za-z0-9._-]{0,253})):(\d{1,5})$/;
/** Longest path of a unix socket on Linux, without the closing zero. */
const longestSocketPath = 107;

/** The parts of an address; undefined when the text is none. */
export function readAddress(text: string): Address | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice(5).replace(/^\/\/(?=\/)/, '');
    return path !== '' && Buffer.byteLength(path) <= longestSocketPath ? { path } : undefined;
  }
  const match = tcp.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return undefined;
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port };
}
