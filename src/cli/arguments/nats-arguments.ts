/** Options of commands that speak over a NATS server, and the variables that stand for them, which the nats CLI reads, too. */
import type { NatsConnection } from "@nats-io/transport-node";
import type { Options } from "yargs";
import { UserError } from "../../base/errors.ts";
import type { NatsOptions } from "../../channel/nats-options.ts";
import { printNotice } from "../terminal/output.ts";
import { flag, text } from "./options.ts";

export const natsOptions = {
  nats: text(
    "nats",
    "NATS server to speak over: nats://ADDRESS:PORT, tls://NAME:PORT, or several of one cluster with commas",
  ),
  "nats-creds": text("nats-creds", "file of who logs in there, a creds file of NATS (NATS_CREDS)"),
  "nats-nkey": text("nats-nkey", "file of who logs in there, the seed of an nkey (NATS_NKEY)"),
  "nats-ca": text("nats-ca", "file (PEM) with the CA of its certificate (NATS_CA)"),
  "nats-cert": text("nats-cert", "file (PEM) with our certificate, where it wants one (NATS_CERT)"),
  "nats-key": text("nats-key", "file (PEM) with the private key of --nats-cert (NATS_KEY)"),
  "nats-tls-first": flag("it speaks TLS from the first byte on (handshake_first)"),
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
  const lone = Object.keys(natsOptions).find((name) => args[name] !== undefined);
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

/**
 * Connects, and prints what is to be said of the server, now or when it does not allow something.
 *
 * @param clientName as the server's monitoring shows it: "slash8 load"
 * @param waits      for a server that is not there yet
 */
export async function openNats(
  options: NatsOptions,
  clientName: string,
  waits = false,
): Promise<NatsConnection> {
  // Other commands need none of this.
  const { connectNats, connectNatsOnceThere, followRefusals, natsNotice } = await import(
    "../../channel/nats-connect.ts"
  );
  const named = { ...options, clientName };
  const say = (message: string) => void printNotice(`slash8: ${message}`);
  const connection = waits
    ? await connectNatsOnceThere(named, (why) => say(`${why}; waits until it is there`))
    : await connectNats(named);
  const notice = natsNotice(connection);
  if (notice !== null) say(notice);
  void followRefusals(connection, say);
  return connection;
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
