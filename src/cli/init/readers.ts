/** Texts, from the command line or typed, as what `slash8 init` needs; each reader throws a UserError that says what would do. */
import { isLoopback } from "../../address/ip.ts";
import { protocolNames, protocols, type Protocol as Transport } from "../../address/protocol.ts";
import { UserError } from "../../base/errors.ts";
import { hintFor } from "../../base/suggestion.ts";
import { optionOfText, unknownOption } from "../../protocols/options.ts";
import type { Protocol } from "../../protocols/protocol.ts";
import { shippedProtocols } from "../../protocols/shipped.ts";
import type { OptionSetting } from "../../protocols/spec.ts";
import { parseEndpoints } from "../../scenario/endpoint.ts";
import { HostArguments } from "../arguments/host-arguments.ts";
import type { Reply } from "./answers.ts";
import { protocolStarts } from "./protocol-starts.ts";

/** A place where a server listens, and what its URL says of it; null: it does not say. */
export interface Target {
  /** "127.0.0.1:7000". */
  readonly listen: string;
  readonly port: number;
  readonly transport: Transport | null;
  readonly protocol: string | null;
  readonly isTls: boolean | null;
  /** With its query. */
  readonly path: string | null;
}

/** The name in place of a protocol's for messages of the user's own. */
export const ownMessages = "message";

const schemes = new Map(
  Object.entries(protocolStarts).flatMap(([protocol, { schemes: all, port }]) =>
    Object.entries(all).map(([scheme, isTls]) => [scheme, { protocol, isTls, port }] as const),
  ),
);

const schemePorts: Readonly<Record<string, number>> = { https: 443, wss: 443, mqtts: 8883 };

/**
 * Reads "127.0.0.1:7000", "localhost:7000", "7000", "udp://127.0.0.1:53", or a URL such as "redis://127.0.0.1" or
 * "http://127.0.0.1:8080/health".
 *
 * @throws (rejects with) UserError
 */
export async function readTarget(text: string): Promise<Target> {
  const [, scheme = null, rest = ""] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text) ?? [];
  const known = scheme === null ? undefined : schemes.get(scheme.toLowerCase());
  const transport = protocolNames.find((one) => one === scheme?.toLowerCase()) ?? null;
  if (scheme !== null && known === undefined && transport === null) {
    throw new UserError(
      `${text}: there is no protocol for ${scheme}://${hintFor(scheme, [...protocolNames, ...schemes.keys()])}`,
    );
  }
  if (rest.includes("@")) {
    throw new UserError(
      `${text}: leave user and password out of the address: they are options of the protocol (--option user=NAME)`,
    );
  }
  const slash = rest.indexOf("/");
  const [place, path] = slash < 0 ? [rest, null] : [rest.slice(0, slash), rest.slice(slash)];
  const takesPath = known !== undefined && protocolStarts[known.protocol]?.pathOption !== undefined;
  if (path !== null && path !== "/" && !takesPath) {
    throw new UserError(`${text}: leave out ${path}: an address ends with its port here`);
  }
  const port = known === undefined ? null : (schemePorts[scheme ?? ""] ?? known.port);
  const endpoint = await endpointOf(text, withPort(place, port));
  return {
    ...endpoint,
    transport,
    protocol: known?.protocol ?? null,
    isTls: known === undefined ? null : known.isTls,
    path: takesPath ? path : null,
  };
}

/** "7000" is a port of 127.0.0.1, and a URL may leave out the port that its scheme means. */
function withPort(place: string, port: number | null): string {
  if (/^:?\d{1,5}$/.test(place)) return `127.0.0.1:${place.replace(":", "")}`;
  const hasPort = /:\d+$/.test(place) && !/^\[[^\]]*\]$/.test(place);
  return hasPort || port === null ? place : `${place}:${port}`;
}

async function endpointOf(
  text: string,
  place: string,
): Promise<{ readonly listen: string; readonly port: number }> {
  const hosts = await HostArguments.lookUp([place], true);
  const [endpoint, ...more] = parseEndpoints(place, true, hosts.addressOf(text));
  if (endpoint === undefined || more.length > 0) {
    throw new UserError(`${text}: name one address`);
  }
  if (endpoint.port === 0) throw new UserError(`${text}: name a port from 1`);
  if (!isLoopback(endpoint.address)) {
    throw new UserError(
      `${text}: name a loopback address, such as 127.0.0.1:${endpoint.port}: a scenario for a server on another machine ` +
        "names the addresses to connect from, too (sources), and is not written here; see docs/writing-scenarios.md",
    );
  }
  return { listen: place, port: endpoint.port };
}

/** The name of a protocol that ships, or `ownMessages`. @param transport what it has to run over; null: either will do */
export function readProtocol(text: string, transport: Transport | null): string {
  if (text === ownMessages) return text;
  const names = Object.keys(shippedProtocols);
  const protocol = Object.hasOwn(shippedProtocols, text) ? shippedProtocols[text] : undefined;
  if (protocol === undefined) {
    throw new UserError(`no protocol "${text}"${hintFor(text, [ownMessages, ...names])}`);
  }
  if (transport !== null && !protocol.over.includes(transport)) {
    throw new UserError(
      `${text} runs over ${protocol.over.join(" and ").toUpperCase()}, not over ${transport.toUpperCase()}`,
    );
  }
  return text;
}

/** "name=value" as an option of a protocol. */
export function readOptionSetting(
  name: string,
  { options }: Protocol,
  text: string,
): readonly [string, OptionSetting] {
  const at = text.indexOf("=");
  if (at < 1) throw new UserError(`--option ${text}: write name=value`);
  const option = text.slice(0, at);
  const value = text.slice(at + 1);
  const spec = Object.hasOwn(options, option) ? options[option] : undefined;
  if (spec === undefined) {
    throw new UserError(`--option ${text}: ${unknownOption(name, option, options)}`);
  }
  // A variable of the environment is a value of any type.
  if (/^\$\{.*\}$/.test(value)) return [option, value];
  try {
    return [option, optionOfText(spec, value)];
  } catch (error) {
    throw new UserError(`--option ${text}: ${(error as Error).message}`);
  }
}

const escapes: Readonly<Record<string, string>> = {
  r: "\r",
  n: "\n",
  t: "\t",
  "0": "\0",
  "\\": "\\",
};

/** Bytes as people type them: \r, \n, \t, \0, \\ and \x00 to \x7f. */
export function readMessage(text: string): string {
  return text.replaceAll(/\\(?:x([0-9a-f]{2})|(.?))/gis, (whole, hex?: string, letter?: string) => {
    const code = hex === undefined ? null : Number.parseInt(hex, 16);
    const character = code === null ? escapes[letter ?? ""] : String.fromCharCode(code);
    if (character !== undefined && (code ?? 0) < 0x80) return character;
    const what =
      code === null ? String.raw`write \r, \n, \t, \0, \\ or \x7f` : "bytes from 80 on are no text";
    throw new UserError(
      `${whole}: ${what}; other bytes go into the scenario: message: { hex: ... }`,
    );
  });
}

const streamReplies = ["line", "crlf", "echo", "none"] as const;
const datagramReplies = ["datagram", "echo", "none"] as const;

export function readReply(text: string, transport: Transport): Reply {
  const { isDatagram } = protocols[transport];
  const known: readonly Reply[] = isDatagram ? datagramReplies : streamReplies;
  const reply = known.find((one) => one === text);
  if (reply !== undefined) return reply;
  if (!isDatagram && /^[1-9]\d{0,8}$/.test(text)) return Number(text);
  const forms = isDatagram
    ? "datagram, echo or none"
    : "line, crlf, echo, none, or its length in bytes";
  throw new UserError(
    `"${text}" is not an end of a reply over ${transport.toUpperCase()}: ${forms}`,
  );
}

export function readName(text: string): string {
  if (/^[A-Za-z0-9][\w.-]{0,63}$/.test(text)) return text;
  throw new UserError(
    `"${text}" is not a name: letters, digits, ".", "_" and "-", at most 64, and a letter or a digit first`,
  );
}

export function readOut(text: string): string {
  if (/\.ya?ml$/i.test(text)) return text;
  throw new UserError(`${text}: a scenario's file ends in .yaml or .yml`);
}

/** A name that a folder's can be: "my server" is "my-server". */
export function nameFrom(folder: string): string {
  const name = folder
    .replaceAll(/[^\w.-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 64);
  return name === "" ? "load" : name;
}
