/** Options of commands that speak over a NATS server, and the variables that stand for them, which the nats CLI reads, too. */
import type { Options } from "yargs";
import { UserError } from "../../base/errors.ts";
import { parseDuration } from "../../base/units.ts";
import type { NatsOptions } from "../../channel/nats-options.ts";
import { flag, once, positiveInteger, quantity, text } from "./options.ts";

export const natsOptions = {
  nats: text(
    "nats",
    "NATS server to speak over: nats://ADDRESS:PORT, tls://NAME:PORT, or several of one cluster with commas; agent and load: embedded starts one here",
  ),
  "nats-creds": text("nats-creds", "file of who logs in there, a creds file of NATS (NATS_CREDS)"),
  "nats-nkey": text("nats-nkey", "file of who logs in there, the seed of an nkey (NATS_NKEY)"),
  "nats-ca": text("nats-ca", "file (PEM) with the CA of its certificate (NATS_CA)"),
  "nats-cert": text("nats-cert", "file (PEM) with our certificate, where it wants one (NATS_CERT)"),
  "nats-key": text("nats-key", "file (PEM) with the private key of --nats-cert (NATS_KEY)"),
  "nats-tls-first": flag("it speaks TLS from the first byte on (handshake_first)"),
} as const satisfies Record<string, Options>;

/** For commands that can have a server of their own, too. */
export const embeddedOptions = {
  "nats-listen": text(
    "nats-listen",
    "with --nats embedded: ADDRESS:PORT of the server (default: 127.0.0.1 and a free port)",
  ),
} as const satisfies Record<string, Options>;

/** In place of an address: nats-server is started here, and ends with the command. */
export const embedded = "embedded";

/** For commands that make runs. */
export const runOptions = {
  ...embeddedOptions,
  "nats-hosts": {
    ...text("nats-hosts", "hosts to wait for where the scenario names none (default: 1)"),
    coerce: once("nats-hosts", positiveInteger("nats-hosts", 10_000)),
  },
  "nats-wait": quantity(
    "nats-wait",
    parseDuration,
    `how long to wait for hosts (default: 1s; with --nats ${embedded} or --nats-hosts 1m)`,
  ),
} as const satisfies Record<string, Options>;

type Arguments = Readonly<Record<string, unknown>>;
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Null where no server is given; NATS_URL alone does not make a run over hosts of one on this machine.
 *
 * @throws UserError for an option that has no meaning without a server
 */
export function natsArguments(args: Arguments, env: Environment = process.env): NatsOptions | null {
  const servers = args.nats as string | undefined;
  if (servers !== undefined) return optionsFor(servers, args, env);
  const lone = Object.keys({ ...natsOptions, ...runOptions }).find(
    (name) => args[name] !== undefined,
  );
  if (lone !== undefined) throw new UserError(`--${lone} has no meaning without --nats`);
  return null;
}

/**
 * For commands that do nothing without a server.
 *
 * @throws UserError where neither --nats nor NATS_URL gives one
 */
export function neededNats(args: Arguments, env: Environment = process.env): NatsOptions {
  const servers = (args.nats as string | undefined) ?? given(env, "NATS_URL");
  if (servers !== undefined) return optionsFor(servers, args, env);
  throw new UserError("which NATS server? give --nats nats://ADDRESS:PORT, or NATS_URL");
}

function optionsFor(servers: string, args: Arguments, env: Environment): NatsOptions {
  const file = (name: string, variable: string) =>
    (args[name] as string | undefined) ?? given(env, variable);
  const isGiven = args["nats-creds"] !== undefined || args["nats-nkey"] !== undefined;
  // Options are meant for this call, variables for all.
  const login = isGiven
    ? { credsFile: args["nats-creds"], nkeyFile: args["nats-nkey"] }
    : {
        credsFile: given(env, "NATS_CREDS"),
        nkeyFile: given(env, "NATS_NKEY"),
        ...userOf(env),
      };
  return {
    servers: servers.split(","),
    ...(login as Partial<NatsOptions>),
    caFile: file("nats-ca", "NATS_CA"),
    certFile: file("nats-cert", "NATS_CERT"),
    keyFile: file("nats-key", "NATS_KEY"),
    tlsFirst: args["nats-tls-first"] === true,
  };
}

/** As the nats CLI: a user without a password is a token. */
function userOf(env: Environment): Partial<NatsOptions> {
  const [user, password] = [given(env, "NATS_USER"), given(env, "NATS_PASSWORD")];
  const token = given(env, "NATS_TOKEN");
  if (user !== undefined && password === undefined && token === undefined) return { token: user };
  return { user, password, token };
}

/** An empty variable is one that is not set. */
function given(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  return value === "" ? undefined : value;
}
