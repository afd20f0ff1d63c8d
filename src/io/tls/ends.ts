import type { SecureContext } from "node:tls";

/** The name that every certificate of slash8's own is for, whatever its server's addresses. */
export const ownName = "localhost";

/** How the connections that a transport opens are encrypted. */
export interface TlsClientEnd {
  readonly context: SecureContext;
  /** Sent (SNI), and what the certificate must be for; null: none is sent, and it must be for the destination's address. */
  readonly serverName: string | null;
  /** Empty: none. */
  readonly alpn: readonly string[];
  /** Whether a connection resumes the session that the target gave out last. */
  readonly resume: boolean;
  /** Whether any certificate will do. */
  readonly insecure: boolean;
}

/** How the connections that a server accepts are encrypted: plain data, for its processes. */
export interface TlsServerEnd {
  /** PEM, as the key. */
  readonly certificate: string;
  readonly key: string;
  /** 48 bytes, base64; processes that have the same ones resume each other's sessions. */
  readonly ticketKeys: string;
  /** Whether slash8 has made the certificate, so that its own clients may trust it. */
  readonly isOwn: boolean;
}
