import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createCertificate } from "../../../src/io/tls/certificate.ts";

const read = ({ certificate }: { certificate: string }) => new X509Certificate(certificate);

describe("createCertificate", () => {
  it("is for its names and addresses, from yesterday on, and signs itself", () => {
    const made = createCertificate({
      commonName: "slash8",
      names: ["localhost", "chat.example"],
      addresses: ["127.0.0.1", "127.16.0.9", "::1"],
    });
    const certificate = read(made);
    expect(certificate.subject).toBe("CN=slash8");
    expect(certificate.issuer).toBe("CN=slash8");
    expect(certificate.subjectAltName).toBe(
      "DNS:localhost, DNS:chat.example, IP Address:127.0.0.1, IP Address:127.16.0.9, IP Address:0:0:0:0:0:0:0:1",
    );
    expect(certificate.ca).toBe(false);
    expect(certificate.checkPrivateKey(createPrivateKey(made.key))).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now());
  });

  it("is signed by an authority, for a time", () => {
    const issuer = createCertificate({ commonName: "authority", isAuthority: true });
    const toMs = Date.UTC(2049, 11, 31, 23, 59, 59);
    const certificate = read(
      createCertificate({
        commonName: "leaf",
        issuer,
        fromMs: Date.UTC(2001, 1, 3, 4, 5, 6),
        toMs,
      }),
    );
    expect(read(issuer).ca).toBe(true);
    expect(certificate.checkIssued(read(issuer))).toBe(true);
    expect(certificate.verify(read(issuer).publicKey)).toBe(true);
    expect(certificate.validFrom).toBe("Feb  3 04:05:06 2001 GMT");
    expect(Date.parse(certificate.validTo)).toBe(toMs);
  });

  it("no two have the same serial number or key", () => {
    const [a, b] = [1, 2].map(() => createCertificate({ commonName: "x" }));
    expect(read(a as never).serialNumber).not.toBe(read(b as never).serialNumber);
    expect(a?.key).not.toBe(b?.key);
  });
});
