// TLS of the gRPC port as @grpc/grpc-js takes it, with what its own has no option for: the lowest version of the protocol, a limit on
// the time of a handshake, and certificates that change.

import { ServerCredentials } from '@grpc/grpc-js';
import type { TlsSource } from '../tls/certificates.ts';
import { HANDSHAKE_TIMEOUT_MS } from '../tls/handshake.ts';

export class TlsCredentials extends ServerCredentials {
  constructor(source: TlsSource) {
    super({ requestCert: source.asksClients, handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, source.context);
    source.onChange((context) => this.updateSecureContextOptions(context));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}
