/**
 * Memory of one TLS connection in the process that has it, bytes, in addition to that of its TCP connection: node:tls
 * and OpenSSL, and two streams. Measured with 10,000 idle connections: see docs/tls.md.
 */
export const tlsUserBytes = { tlsClient: 48_000, tlsServer: 36_000 } as const;
