/** The connection of commands that speak over a NATS server, and that server where it is started for them. */
import type { NatsConnection } from "@nats-io/transport-node";
import type { Endpoint } from "../../address/flow.ts";
import { isLoopback, isWildcard, parseIp } from "../../address/ip.ts";
import { UserError } from "../../base/errors.ts";
import { formatDuration } from "../../base/units.ts";
import type { NatsOptions } from "../../channel/nats-options.ts";
import type { EmbeddedNats } from "../../hosts/embedded-nats.ts";
import { parseEndpoints } from "../../scenario/endpoint.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { embedded } from "../arguments/nats-arguments.ts";
import { printNotice } from "../terminal/output.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** A connection, and the server where it is embedded. */
export interface OpenNats {
  readonly connection: NatsConnection;
  /** Whether the server was started for this command. */
  readonly isEmbedded: boolean;
  close(): Promise<void>;
}

/**
 * Connects, and prints what is to be said of the server, now or when it does not allow something.
 *
 * @param clientName as the server's monitoring shows it: "slash8 load"
 * @param args       of a command with `embeddedOptions`
 * @param waits      for a server that is not there yet
 */
export async function openNats(
  options: NatsOptions,
  clientName: string,
  args: Arguments = {},
  waits = false,
): Promise<OpenNats> {
  const server = await embeddedServer(options, args);
  // A server of our own has no keys, and no TLS.
  const own = server === null ? options : { servers: [server.url] };
  try {
    const connection = await connectTo({ ...own, clientName }, waits, server !== null);
    return {
      connection,
      isEmbedded: server !== null,
      async close() {
        await connection.close();
        await server?.close();
      },
    };
  } catch (error) {
    await server?.close();
    throw error;
  }
}

async function connectTo(
  options: NatsOptions,
  waits: boolean,
  isOurs: boolean,
): Promise<NatsConnection> {
  // Other commands need none of this.
  const { connectNats, connectNatsOnceThere, followRefusals, natsNotice } = await import(
    "../../channel/nats-connect.ts"
  );
  const connection = waits
    ? await connectNatsOnceThere(options, (why) => say(`${why}; waits until it is there`))
    : await connectNats(options);
  const notice = natsNotice(connection);
  // Nobody but this machine reaches it, in most cases, and where others do that is said.
  if (notice !== null && !isOurs) say(notice);
  void followRefusals(connection, say);
  return connection;
}

/** Null where the server is another. */
async function embeddedServer(
  { servers: [first, ...more] }: NatsOptions,
  args: Arguments,
): Promise<EmbeddedNats | null> {
  const listen = args["nats-listen"] as string | undefined;
  if (first !== embedded) {
    if (listen === undefined) return null;
    throw new UserError(
      `--nats-listen is for --nats ${embedded}: another server listens where it does`,
    );
  }
  if (more.length > 0)
    throw new UserError(`--nats ${embedded} is one server: leave out the others`);
  const endpoint = embeddedEndpoint(listen);
  const { embeddedNats } = await import("../../hosts/embedded-nats.ts");
  const server = await embeddedNats({ listen: endpoint });
  const isOpen = !isLoopback(endpoint.address);
  say(
    `the NATS server listens on ${server.url}: on each machine, slash8 agent --nats ${server.url}${
      isOpen ? "; whoever reaches it can use it, as it has no keys (slash8 nats-config)" : ""
    }`,
  );
  return server;
}

function embeddedEndpoint(text: string | undefined): Endpoint {
  if (text === undefined) return { address: "127.0.0.1", port: 0 };
  let endpoints: readonly Endpoint[];
  try {
    endpoints = parseEndpoints(text, true);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`--nats-listen: ${error.message}`);
  }
  const [endpoint, another] = endpoints;
  if (endpoint !== undefined && another === undefined && !isWildcard(parseIp(endpoint.address))) {
    return endpoint;
  }
  throw new UserError(
    `--nats-listen ${text}: give one address of this machine, which the others reach, and a port: 10.0.0.1:4222`,
  );
}

function say(message: string): void {
  void printNotice(`slash8: ${message}`);
}

/** For agents that are started beside a run. */
const longWaitNs = 60e9;

/**
 * Waits for the hosts of a run, as the arguments say. It does not fail where they are not there: the run says so.
 */
export async function awaitHosts(
  { connection, isEmbedded }: OpenNats,
  { hosts }: Pick<Scenario, "hosts">,
  args: Arguments,
): Promise<void> {
  const count = args["nats-hosts"] as number | undefined;
  const isLong = isEmbedded || count !== undefined;
  const given = args["nats-wait"] as number | undefined;
  // Who claims them waits a second by itself.
  if (given === undefined && !isLong) return;
  const withinNs = given ?? longWaitNs;
  const names = hosts.map(({ name }) => name);
  const { waitForHosts } = await import("../../hosts/wait-for-hosts.ts");
  const wanted = { names, count: count ?? 1, withinMs: withinNs / 1e6 };
  await waitForHosts(connection, wanted, (missing) => {
    say(`waits for ${missing}, for ${formatDuration(withinNs)} at most`);
  });
}
