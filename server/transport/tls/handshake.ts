// What every port with TLS keeps to.

/** A peer that has not shaken hands by then is dropped. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
