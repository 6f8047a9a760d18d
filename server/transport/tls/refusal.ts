// Why a connection to a port with TLS came to nothing, in words for who runs the server.

/** `plain_text`: the peer does not speak TLS at all. `tls_failed`: it does, and the two did not agree. */
export interface TlsRefusal {
  readonly event: 'plain_text' | 'tls_failed';
  readonly error: string;
}

/** What OpenSSL says of a first record that is none of TLS. */
const plainCodes: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_HTTPS_PROXY_REQUEST',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
]);

/** Codes by which OpenSSL refuses a client's certificate, in our words. */
const certificateCodes: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  UNABLE_TO_GET_ISSUER_CERT: 'it showed no certificate, tls.client_ca wants one',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'it showed no certificate, tls.client_ca wants one',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'no authority of tls.client_ca signed its certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'no authority of tls.client_ca signed its certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it signed its certificate itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'no authority of tls.client_ca signed its certificate',
};

/** error: what the handshake failed with; authorizationError: why the client's certificate was refused, if it was. */
export function tlsRefusal(error: NodeJS.ErrnoException, authorizationError: unknown): TlsRefusal {
  const code = typeof authorizationError === 'string' ? authorizationError : (error.code ?? '');
  if (plainCodes.has(code))
    return { event: 'plain_text', error: 'the client speaks plain text, this port wants TLS (section tls)' };
  if (certificateCodes[code] !== undefined) return { event: 'tls_failed', error: clientRefusal(code) };
  return { event: 'tls_failed', error: `the TLS handshake failed: ${code || error.message.slice(0, 200)}` };
}

/** Why a client's certificate does not do, by OpenSSL's code. */
export function clientRefusal(code: string): string {
  return `the client was refused: ${certificateCodes[code] ?? code}`;
}
