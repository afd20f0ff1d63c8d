import { isIP } from "node:net";
import { resolve } from "node:path";
import { protocols } from "../../address/protocol.ts";
import type { ServerTls, WorkloadTls } from "../scenario.ts";
import { type ServerTlsInput, tlsFiles, type WorkloadTlsInput } from "../schema/tls.ts";
import { besideFile } from "../source/include.ts";
import type { Path } from "../source/tree.ts";
import { checkMatch, readPem } from "../tls-files.ts";
import { attempt, itemsOf, type NormaliseContext } from "./context.ts";
import type { ResolvedTarget } from "./target.ts";

/** Longest name of a protocol. @see RFC 7301, section 3.1 */
const mostAlpnBytes = 255;

/** Why UDP is not encrypted. */
export const noDtls = "Node has no DTLS (TLS over UDP), so only TCP is encrypted; leave tls out";

const byDefault: WorkloadTls = {
  ca: null,
  cert: null,
  key: null,
  serverName: null,
  alpn: [],
  minVersion: null,
  resume: false,
  insecure: false,
};

/** How the workload's connections are encrypted; null: they are not. What is wrong is reported. */
export function normaliseWorkloadTls(
  input: WorkloadTlsInput | undefined,
  { server, protocol }: ResolvedTarget,
  path: Path,
  context: NormaliseContext,
): WorkloadTls | null {
  const { diagnostics } = context;
  if (protocols[protocol].isDatagram || input === false) return null;
  // Who wants to try what a server does with clients that do not encrypt writes `tls: false`.
  if (input === undefined) return (server?.tls ?? null) === null ? null : byDefault;
  if (server?.kind === "builtin" && server.tls === null) {
    const message = `server ${server.name} does not encrypt; add "tls: true" to it as well`;
    diagnostics.key(path, message);
  }
  if (input === true) return byDefault;
  const files = filesOf(input, path, context);
  checkServerName(input.serverName, [...path, "serverName"], context);
  const alpn = input.alpn === undefined ? [] : [input.alpn].flat();
  for (const [name, at] of itemsOf(input.alpn ?? [], [...path, "alpn"])) {
    if (Buffer.byteLength(name) > mostAlpnBytes) {
      diagnostics.value(at, `the name of a protocol has at most ${mostAlpnBytes} bytes`);
    }
  }
  if (input.insecure === true && input.ca !== undefined) {
    diagnostics.key([...path, "ca"], "ca has no meaning with insecure: true, which checks nothing");
  }
  return {
    ...files,
    serverName: input.serverName ?? null,
    alpn,
    minVersion: input.minVersion ?? null,
    resume: input.resume ?? false,
    insecure: input.insecure ?? false,
  };
}

/** How a built-in server encrypts; null: it does not. What is wrong is reported. */
export function normaliseServerTls(
  input: ServerTlsInput | undefined,
  path: Path,
  context: NormaliseContext,
): ServerTls | null {
  if (input === undefined || input === false) return null;
  if (input === true) return { cert: null, key: null };
  const { cert, key } = filesOf(input, path, context);
  return { cert, key };
}

/** The absolute paths of the files, which are read once to see whether they can be used. */
function filesOf(
  input: { readonly [Name in (typeof tlsFiles)[number]]?: string | undefined },
  path: Path,
  context: NormaliseContext,
): Pick<WorkloadTls, "ca" | "cert" | "key"> {
  const { diagnostics } = context;
  const files = { ca: null, cert: null, key: null } as Record<
    (typeof tlsFiles)[number],
    string | null
  >;
  const texts: { ca?: string; cert?: string; key?: string } = {};
  for (const name of tlsFiles) {
    const given = input[name];
    if (given === undefined) continue;
    const at = [...path, name];
    const file = resolve(besideFile(given, diagnostics.at(at).file));
    files[name] = file;
    const text = attempt(diagnostics, at, () => readPem(file, given, name === "key"));
    if (text !== null) texts[name] = text;
  }
  if ((input.cert === undefined) !== (input.key === undefined)) {
    const [given, missing] = input.cert === undefined ? ["key", "cert"] : ["cert", "key"];
    diagnostics.key([...path, given], `${given} needs ${missing} as well: they belong together`);
  } else if (texts.cert !== undefined && texts.key !== undefined) {
    const { cert, key } = texts;
    attempt(diagnostics, [...path, "key"], () => checkMatch(cert, key, input.key ?? ""));
  }
  return files;
}

function checkServerName(
  name: string | undefined,
  path: Path,
  { diagnostics }: NormaliseContext,
): void {
  if (name === undefined) return;
  if (isIP(name) !== 0) {
    diagnostics.value(
      path,
      "serverName is a host name, as SNI takes no addresses (RFC 6066); leave it out, and the certificate must be for the target's address",
    );
  } else if (!/^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?$/.test(name)) {
    diagnostics.value(path, `"${name}" is not a host name`);
  }
}
