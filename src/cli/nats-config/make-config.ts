import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import { isLoopback } from "../../address/ip.ts";
import { UserError } from "../../base/errors.ts";
import { createCertificate } from "../../io/tls/certificate.ts";
import { parseEndpoints } from "../../scenario/endpoint.ts";
import { namePattern } from "../../scenario/schema/values.ts";
import { checkPair, readPem } from "../../scenario/tls-files.ts";
import { pathForUser } from "../terminal/output.ts";
import { type ConfigTls, type ConfigUser, configText } from "./config-text.ts";

/** A file to write; secret ones are for its owner's eyes only. */
export interface ConfigFile {
  readonly name: string;
  readonly text: string;
  readonly isSecret: boolean;
}

interface Request {
  /** Absolute. */
  readonly folder: string;
  /** Where the server will have its files. */
  readonly serverDir: string;
  readonly teams: readonly string[];
  /** Machines with a key of their own; none: one key for all machines of a team. */
  readonly hosts: readonly string[];
  readonly listen: { readonly address: string; readonly port: number };
  /** Names and addresses to make a certificate for. */
  readonly tlsFor: readonly string[];
  /** Files that are there; null: none were given. */
  readonly tls: ConfigTls | null;
}

export interface MadeConfig {
  readonly files: readonly ConfigFile[];
  /** What to do with them, lines for people. */
  readonly next: readonly string[];
  readonly notices: readonly string[];
}

export const configName = "nats-server.conf";
const ours = { ca: "ca.pem", cert: "server.pem", key: "server-key.pem" } as const;

/** @throws UserError for names that cannot be used, and options that contradict each other */
export function configRequest(args: Readonly<Record<string, unknown>>): Request {
  const list = (name: string) => (args[name] ?? []) as readonly string[];
  const [teams, hosts, tlsFor] = [list("team"), list("host"), list("tls-for")];
  checkNames("team", teams);
  checkNames("host", hosts);
  for (const name of tlsFor) checkServerName(name);
  const tls = givenTls(args);
  if (tls !== null && tlsFor.length > 0) {
    throw new UserError(
      "--tls-for makes a certificate, and --cert gives one: leave out one of them",
    );
  }
  const isTls = tls !== null || tlsFor.length > 0;
  const folder = resolve((args.out as string | undefined) ?? "nats");
  return {
    folder,
    serverDir: resolve((args["server-dir"] as string | undefined) ?? folder),
    teams: teams.length === 0 ? ["slash8"] : teams,
    hosts,
    listen: listenOf(args.listen as string | undefined, isTls),
    tlsFor,
    tls,
  };
}

/** Makes keys, certificates and the configuration; nothing is written yet. */
export function makeConfig(request: Request): MadeConfig {
  const { serverDir, hosts, listen, tlsFor } = request;
  const secrets: ConfigFile[] = [];
  const user = (name: string): ConfigUser => {
    const pair = nkeys.createUser();
    const text = `${Buffer.from(pair.getSeed()).toString("latin1")}\n`;
    secrets.push({ name: `${name}.nk`, text, isSecret: true });
    return { publicKey: pair.getPublicKey(), file: `${name}.nk` };
  };
  const teams = request.teams.map((name) => ({
    name,
    coordinator: user(`${name}-coordinator`),
    agents: (hosts.length === 0 ? [null] : hosts).map((host) => ({
      host,
      ...user(host === null ? `${name}-agent` : `${name}-agent-${host}`),
    })),
  }));
  const made = tlsFor.length === 0 ? [] : certificates(tlsFor);
  const own: ConfigTls = {
    cert: join(serverDir, ours.cert),
    key: join(serverDir, ours.key),
    clientCa: null,
  };
  const tls = request.tls ?? (tlsFor.length > 0 ? own : null);
  const text = configText({ listen: `${hostText(listen.address)}:${listen.port}`, tls, teams });
  return {
    files: [{ name: configName, text, isSecret: false }, ...made, ...secrets],
    next: nextSteps(request, teams),
    notices:
      tls === null && !isLoopback(listen.address)
        ? [
            `the server will not encrypt, and listens on ${listen.address}, which other machines reach: whoever is on the way can read and change what is sent; --tls-for NAME makes a certificate`,
          ]
        : [],
  };
}

/** A CA that signs one certificate; its own key is not kept, so that nobody can sign another. */
function certificates(names: readonly string[]): readonly ConfigFile[] {
  const authority = createCertificate({ commonName: "slash8 nats-config", isAuthority: true });
  const server = createCertificate({
    commonName: names[0] as string,
    names: names.filter((name) => isIP(name) === 0),
    addresses: names.filter((name) => isIP(name) !== 0),
    issuer: authority,
  });
  return [
    { name: ours.ca, text: authority.certificate, isSecret: false },
    { name: ours.cert, text: server.certificate, isSecret: false },
    { name: ours.key, text: server.key, isSecret: true },
  ];
}

function nextSteps(
  { serverDir, listen, tlsFor, tls }: Request,
  teams: readonly {
    readonly coordinator: ConfigUser;
    readonly agents: readonly (ConfigUser & { readonly host: string | null })[];
  }[],
): readonly string[] {
  const address = hostText(tlsFor[0] ?? reachable(listen.address, tls));
  const scheme = tlsFor.length > 0 || tls !== null ? "tls" : "nats";
  const server = `--nats ${scheme}://${address}:${listen.port}${tlsFor.length > 0 ? ` --nats-ca ${ours.ca}` : ""}`;
  return [
    `nats-server -c ${pathForUser(join(serverDir, configName))}`,
    ...teams.flatMap(({ coordinator, agents }) => [
      ...agents.map(
        ({ host, file }) =>
          `slash8 agent ${server} --nats-nkey ${file}${host === null ? "" : ` --name ${host}`} --allow-target ADDRESS:PORT`,
      ),
      `slash8 load SCENARIO ${server} --nats-nkey ${coordinator.file}`,
    ]),
  ];
}

/** An address that clients can be given for one that the server listens on. */
function reachable(address: string, tls: ConfigTls | null): string {
  const isAny = address === "0.0.0.0" || address === "::";
  if (!isAny) return address;
  const names = tls === null ? undefined : new X509Certificate(readPem(tls.cert, tls.cert, false));
  const [, name] = /(?:DNS:|IP Address:)([^,\s]+)/.exec(names?.subjectAltName ?? "") ?? [];
  return name ?? "ADDRESS";
}

function hostText(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}

function listenOf(given: string | undefined, isTls: boolean): Request["listen"] {
  const text = given ?? (isTls ? "0.0.0.0:4222" : "127.0.0.1:4222");
  let endpoints: ReturnType<typeof parseEndpoints>;
  try {
    endpoints = parseEndpoints(text, true);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`--listen ${error.message}`);
  }
  const [endpoint, another] = endpoints;
  if (endpoint === undefined || another !== undefined || endpoint.port === 0) {
    throw new UserError(
      `--listen ${text}: give one address and a port, as in 10.0.0.1:4222, or 0.0.0.0:4222 for all addresses`,
    );
  }
  return endpoint;
}

function givenTls(args: Readonly<Record<string, unknown>>): ConfigTls | null {
  const { cert, key } = args as { readonly cert?: string; readonly key?: string };
  const clientCa = args["client-ca"] as string | undefined;
  if (cert === undefined || key === undefined) {
    if (cert !== undefined || key !== undefined) {
      throw new UserError("--cert and --key belong together: give both, or neither");
    }
    if (clientCa !== undefined) {
      throw new UserError("--client-ca has no meaning without --cert and --key");
    }
    return null;
  }
  checkPair({ cert, key });
  if (clientCa !== undefined) readPem(clientCa, clientCa, false);
  return {
    cert: resolve(cert),
    key: resolve(key),
    clientCa: clientCa === undefined ? null : resolve(clientCa),
  };
}

/** Names become file names, too: two that differ only in case would be one file on macOS. */
function checkNames(option: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (!namePattern.test(name)) {
      throw new UserError(`--${option} ${name}: give a letter, then letters, digits, "_" and "-"`);
    }
    if (seen.has(name.toLowerCase())) {
      throw new UserError(
        `--${option} ${name} is given more than once; names differ in more than case`,
      );
    }
    seen.add(name.toLowerCase());
  }
}

function checkServerName(name: string): void {
  const label = "[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?";
  if (isIP(name) !== 0 || new RegExp(`^${label}(\\.${label})*$`).test(name)) return;
  throw new UserError(
    `--tls-for ${name}: give a name or an address by which clients reach the server, without a port, as in 10.0.0.1 or nats.example`,
  );
}
