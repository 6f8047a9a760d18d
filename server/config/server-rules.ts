// What must hold between fields of mindird.yaml.

import type { Rule } from './schema.ts';
import type { ServerConfig } from './server-fields.ts';

const wholeTls: Rule<ServerConfig> = ({ tls }) => {
  if (tls.certificate !== null && tls.key === null)
    return { path: 'tls.key', message: 'found nothing beside tls.certificate, want both or none' };
  if (tls.certificate !== null) return undefined;
  const alone = tls.key !== null ? 'tls.key' : tls.client_ca !== null ? 'tls.client_ca' : undefined;
  return alone === undefined
    ? undefined
    : { path: 'tls.certificate', message: `found nothing beside ${alone}, want the certificate of the server` };
};

/** Every rule, in the order in which they are checked. */
export const serverRules: readonly Rule<ServerConfig>[] = [wholeTls];
