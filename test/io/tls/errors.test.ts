import { describe, expect, it } from "vitest";
import { tlsErrorName } from "../../../src/io/tls/errors.ts";
import { errorSide } from "../../../src/traffic/replies/error-side.ts";

describe("tlsErrorName", () => {
  it.each([
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "TLS_ALERT_PROTOCOL_VERSION", "target"],
    ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "TLS_ALERT_HANDSHAKE_FAILURE", "target"],
    ["ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "TLS_ALERT_HANDSHAKE_FAILURE", "target"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "TLS_ALERT_CERTIFICATE_REQUIRED", "generator"],
    ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "TLS_ALERT_UNKNOWN_CA", "generator"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "TLS_WRONG_VERSION_NUMBER", "target"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "CERT_NAME_MISMATCH", "target"],
    ["CERT_HAS_EXPIRED", "CERT_HAS_EXPIRED", "target"],
    ["ECONNRESET", "ECONNRESET", "target"],
  ])("%s is %s, of the %s", (code, name, side) => {
    expect(tlsErrorName(code)).toBe(name);
    expect(errorSide(name)).toBe(side);
  });
});
