import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createCertificate } from "./certificate.ts";
import { ownName, type TlsServerEnd } from "./ends.ts";

/** Addresses in a certificate of our own, at most: its name is enough for clients that know it. */
const mostAddresses = 100;

/**
 * Makes a certificate for a server, or reads it.
 *
 * @param files     null: it is made
 * @param names     what clients may ask for, in addition to "localhost"
 * @param addresses where it listens
 * @throws          Error of the file system
 */
export function createServerEnd(
  files: { readonly cert: string; readonly key: string } | null,
  names: readonly string[],
  addresses: readonly string[],
): TlsServerEnd {
  const identity =
    files === null
      ? createCertificate({
          commonName: "slash8",
          names: [...new Set([ownName, ...names])],
          addresses: [...new Set(addresses)].slice(0, mostAddresses),
        })
      : { certificate: readFileSync(files.cert, "utf8"), key: readFileSync(files.key, "utf8") };
  return {
    ...identity,
    ticketKeys: randomBytes(48).toString("base64"),
    isOwn: files === null,
  };
}
