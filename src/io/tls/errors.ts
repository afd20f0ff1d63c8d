/** How TLS fails, by names of our own where no standard names it. */
export const tlsFailure = {
  /** The peer ended the connection in order before the handshake was over. */
  closed: "TLS_HANDSHAKE_CLOSED",
  /** The peer chose none of the protocols that `alpn` offers. */
  noAlpn: "TLS_NO_ALPN",
} as const;

/**
 * Name of an error of TLS, of the code that Node gives it: an alert that the peer sent is `TLS_ALERT_...`, with its
 * name in the RFC whatever the version; anything else that OpenSSL reports is `TLS_...`. A refused certificate keeps
 * OpenSSL's name (`CERT_HAS_EXPIRED`), and so do errors of sockets (`ECONNRESET`).
 *
 *     ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION        TLS_ALERT_PROTOCOL_VERSION
 *     ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE     TLS_ALERT_HANDSHAKE_FAILURE
 *     ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED   TLS_ALERT_CERTIFICATE_REQUIRED
 *     ERR_SSL_WRONG_VERSION_NUMBER                TLS_WRONG_VERSION_NUMBER
 *     ERR_TLS_CERT_ALTNAME_INVALID                CERT_NAME_MISMATCH
 *
 * @see RFC 8446, section 6.2
 */
export function tlsErrorName(code: string): string {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "CERT_NAME_MISMATCH";
  const alert = /^ERR_SSL_(?:SSLV3|TLSV1|TLSV13|SSL\/TLS)_ALERT_(.*)$/.exec(code)?.[1];
  if (alert !== undefined) return `TLS_ALERT_${alert}`;
  return code.replace(/^ERR_(?:SSL|TLS)_/, "TLS_");
}

const ofSockets = new Set(["ECONNRESET", "EPIPE", "ECANCELED", "EUNKNOWN", "ERR_STREAM_DESTROYED"]);

/** Whether node:tls gives the code where the connection below has ended, which says why itself. */
export function isOfSocket(code: string): boolean {
  return ofSockets.has(code);
}

/** Alerts by which a target refuses the certificate of the client, which is what the scenario gave it, or did not. */
export const clientCertificateAlerts: readonly string[] = [
  "TLS_ALERT_BAD_CERTIFICATE",
  "TLS_ALERT_CERTIFICATE_EXPIRED",
  "TLS_ALERT_CERTIFICATE_REQUIRED",
  "TLS_ALERT_CERTIFICATE_REVOKED",
  "TLS_ALERT_CERTIFICATE_UNKNOWN",
  "TLS_ALERT_UNKNOWN_CA",
  "TLS_ALERT_UNSUPPORTED_CERTIFICATE",
];

/** Whether the code is the target's refusal of what this client is. */
export function refusesClient(code: string): boolean {
  return clientCertificateAlerts.includes(code);
}
