/** Files with certificates and keys: whether they can be used is said before anything is started. */
import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { UserError } from "../base/errors.ts";
import { readUserFile } from "./source/source-file.ts";

const largestFile = 1024 * 1024;

/**
 * Reads a file in PEM.
 *
 * @param given how the user wrote the path
 * @param isKey whether it is to hold a private key, and not a certificate
 * @throws      UserError where it cannot be read, or holds something else
 */
export function readPem(path: string, given: string, isKey: boolean): string {
  let text: string;
  try {
    text = readUserFile(path, largestFile, "regular").toString("latin1");
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${given}: ${error.message}`);
  }
  if (isKey ? hasKey(text) : hasCertificate(text)) return text;
  const what = isKey ? "private key" : "certificate";
  throw new UserError(`${given} has no ${what} in PEM ("-----BEGIN ${what.toUpperCase()}-----")`);
}

/**
 * Checks that the key can be used with the certificate.
 *
 * @param given how the user wrote the key's path
 * @throws      UserError where it cannot
 */
export function checkMatch(cert: string, key: string, given: string): void {
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (/MISMATCH/.test(code ?? "")) {
      throw new UserError(`${given} is not the key of the certificate`);
    }
    if (/ENCRYPTED/.test(key)) {
      throw new UserError(
        `${given} is encrypted; write it without a passphrase: openssl pkey -in ${given} -out plain.pem`,
      );
    }
    throw new UserError(`the certificate and ${given} cannot be used: ${message}`);
  }
}

/** Checks both files. @throws UserError as `readPem` and `checkMatch` */
export function checkPair({ cert, key }: { readonly cert: string; readonly key: string }): void {
  checkMatch(readPem(cert, cert, false), readPem(key, key, true), key);
}

function hasKey(text: string): boolean {
  return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text);
}

function hasCertificate(text: string): boolean {
  try {
    new X509Certificate(text);
    return true;
  } catch {
    return false;
  }
}
