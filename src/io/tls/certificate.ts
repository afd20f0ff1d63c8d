import {
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";
import { parseIp } from "../../address/ip.ts";
import {
  bitString,
  identifier,
  integer,
  octetString,
  sequence,
  set,
  tagged,
  utcTime,
  utf8String,
  yes,
} from "./der.ts";

/** A certificate with its private key, both PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** Whom a certificate is for. */
export interface CertificateOptions {
  readonly commonName: string;
  /** DNS names and IP addresses that a client may have connected to; subjectAltName. */
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
  /** Left out: from yesterday, for ten years. ms since 1970, until 2049. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Who signs it; left out: it signs itself. */
  readonly issuer?: Identity;
  /** Whether it may sign others. */
  readonly isAuthority?: boolean;
}

const dayMs = 86_400e3;

const oid = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  basicConstraints: "2.5.29.19",
  subjectAltName: "2.5.29.17",
} as const;

/** Context-specific tags of GeneralName. @see RFC 5280, section 4.2.1.6 */
const generalName = { dns: 0x82, ip: 0x87 } as const;

/**
 * Makes a key on P-256 and an X.509 v3 certificate for it: Node can read certificates but not create them.
 *
 * @cost about 1 ms
 * @see  RFC 5280, section 4.1; RFC 5758 for the signature
 */
export function createCertificate(options: CertificateOptions): Identity {
  const { commonName, issuer, isAuthority = false } = options;
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(identifier(oid.ecdsaWithSha256));
  const subject = nameOf(commonName);
  const { fromMs = Date.now() - dayMs, toMs = Date.now() + 3650 * dayMs } = options;
  const serial = randomBytes(16);
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40;
  const content = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    issuer === undefined ? subject : nameOf(commonNameOf(issuer)),
    sequence(utcTime(fromMs), utcTime(toMs)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(...extensionsOf(options, isAuthority))),
  );
  const signer = issuer === undefined ? privateKey : createPrivateKey(issuer.key);
  const der = sequence(content, algorithm, bitString(sign("sha256", content, signer)));
  return {
    certificate: new X509Certificate(der).toString(),
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

function extensionsOf(
  { names = [], addresses = [] }: CertificateOptions,
  isAuthority: boolean,
): Buffer[] {
  const alternatives = [
    ...names.map((name) => tagged(generalName.dns, Buffer.from(name, "latin1"))),
    ...addresses.map((address) => tagged(generalName.ip, addressBytes(address))),
  ];
  return [
    sequence(
      identifier(oid.basicConstraints),
      yes(),
      octetString(isAuthority ? sequence(yes()) : sequence()),
    ),
    ...(alternatives.length === 0
      ? []
      : [sequence(identifier(oid.subjectAltName), octetString(sequence(...alternatives)))]),
  ];
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(identifier(oid.commonName), utf8String(commonName))));
}

function commonNameOf({ certificate }: Identity): string {
  return new X509Certificate(certificate).subject.replace(/^CN=/, "");
}

function addressBytes(address: string): Buffer {
  const { family, value } = parseIp(address);
  const digits = family === 4 ? 8 : 32;
  return Buffer.from(value.toString(16).padStart(digits, "0"), "hex");
}
