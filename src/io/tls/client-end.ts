import { readFileSync } from "node:fs";
import { createSecureContext, type SecureVersion } from "node:tls";
import { UserError } from "../../base/errors.ts";
import { ownName, type TlsClientEnd } from "./ends.ts";

/** How clients are to encrypt; files are PEM. */
export interface TlsClientSettings {
  /** Null: whom Node trusts. */
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly serverName: string | null;
  readonly alpn: readonly string[];
  /** Null: Node's. */
  readonly minVersion: SecureVersion | null;
  readonly resume: boolean;
  readonly insecure: boolean;
}

/**
 * Reads the files; what is returned serves any number of connections.
 *
 * @param own certificate of the target, where slash8 has made it: it is trusted, by its name; null: it has not
 * @throws    UserError where a file cannot be used
 */
export function createClientEnd(settings: TlsClientSettings, own: string | null): TlsClientEnd {
  const { ca, cert, key, serverName, alpn, minVersion, resume, insecure } = settings;
  const trusted = [...(ca === null ? [] : [read(ca)]), ...(own === null ? [] : [own])];
  return {
    context: createSecureContext({
      ...(trusted.length === 0 ? {} : { ca: trusted }),
      ...(cert === null ? {} : { cert: read(cert) }),
      ...(key === null ? {} : { key: read(key) }),
      ...(minVersion === null ? {} : { minVersion }),
    }),
    serverName: serverName ?? (own === null ? null : ownName),
    alpn,
    resume,
    insecure,
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError(`tls: ${path} cannot be read any more: ${(error as Error).message}`);
  }
}
