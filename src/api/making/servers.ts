/** Servers that a test has in its hands, as the addresses that a scenario has. */
import type { AddressInfo, Server, Socket } from "node:net";
import { formatEndpoint } from "../../address/flow.ts";
import { isLoopback } from "../../address/ip.ts";
import {
  defaultProtocol,
  type Protocol,
  protocolNames,
  protocols,
} from "../../address/protocol.ts";
import { exitStatus, UserError } from "../../base/errors.ts";
import type { Problem } from "../../scenario/source/scenario-error.ts";
import type { ServerObject, StartedServer } from "../scenario.ts";

/** Connections that wait to be accepted, of a server that is started here: many clients come at once. */
const backlog = 4096;

/** What servers of `net`, and sockets of `dgram`, speak. */
const ofServers = protocolNames.find((name) => protocols[name].hasConnections) as Protocol;
const ofSockets = protocolNames.find((name) => protocols[name].isDatagram) as Protocol;

const scheme = `^(${protocolNames.join("|")})://`;
const beginsAsUrl = new RegExp(scheme);
const urlPattern = new RegExp(`${scheme}(\\[[^\\]]+\\]:\\d+|[^/[\\]:]+:\\d+)/?$`);

interface Place {
  readonly protocol: Protocol;
  /** `127.0.0.1:7000` */
  readonly text: string;
}

/** A server of this process that a run has to do with. */
export interface OwnServer {
  /** Of `servers`; null: it is the target of a workload. */
  readonly name: string | null;
  /** Where it stands in the scenario. */
  readonly path: string;
}

/** What is wrong with a value at its place in the scenario. */
class PlaceError extends Error {}

/** The servers of one run: those that it has started are closed after it. */
export class RunServers {
  /** Those whose code runs in this thread. */
  readonly own: OwnServer[] = [];
  readonly problems: Problem[] = [];
  readonly #file: string;
  readonly #allowRemote: boolean;
  readonly #closers: (() => Promise<void>)[] = [];
  /** What was started, by what was given: two workloads may have one target. */
  readonly #known = new Map<unknown, Promise<Place>>();

  /** @param file stands for the scenario in messages */
  constructor(file: string, allowRemote: boolean) {
    this.#file = file;
    this.#allowRemote = allowRemote;
  }

  /**
   * A scenario in which every server is an address.
   *
   * @throws (rejects with) UserError (code "server") where one cannot be started
   */
  async replaced(scenario: unknown): Promise<unknown> {
    if (!isMap(scenario)) return scenario;
    const { servers, workloads } = scenario;
    return {
      ...scenario,
      ...(isMap(servers) ? { servers: await this.#servers(servers) } : {}),
      ...(isMap(workloads) ? { workloads: await this.#workloads(workloads) } : {}),
    };
  }

  /** Closes what was started; never rejects. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#closers.map((close) => close()));
  }

  async #servers(servers: Fields): Promise<Fields> {
    const found: Record<string, unknown> = {};
    for (const [name, given] of Object.entries(servers)) {
      const path = `servers.${name}`;
      const isUrl = typeof given === "string" && beginsAsUrl.test(given);
      if (!isUrl && !isSource(given)) {
        found[name] = given;
        continue;
      }
      const place = await this.#placeOf(given, path, name);
      // What is wrong is noted at its place: nothing else is said of it.
      found[name] = place === null ? null : { listen: place.text, protocol: place.protocol };
    }
    return found;
  }

  async #workloads(workloads: Fields): Promise<Fields> {
    const found: Record<string, unknown> = {};
    for (const [name, workload] of Object.entries(workloads)) {
      found[name] = workload;
      if (!isMap(workload) || !isSource(workload.target)) continue;
      const place = await this.#placeOf(workload.target, `workloads.${name}.target`, null);
      const target = place === null ? null : `${place.protocol}://${place.text}`;
      found[name] = { ...workload, target };
    }
    return found;
  }

  async #placeOf(given: unknown, path: string, name: string | null): Promise<Place | null> {
    let place = this.#known.get(given);
    if (place === undefined) {
      place = this.#find(given, { path, name });
      this.#known.set(given, place);
    }
    try {
      return await place;
    } catch (error) {
      if (!(error instanceof PlaceError)) throw error;
      this.problems.push({ file: this.#file, line: 0, column: 0, path, message: error.message });
      return null;
    }
  }

  async #find(given: unknown, as: OwnServer): Promise<Place> {
    if (typeof given !== "function") return this.#place(given, as, false);
    let started: unknown;
    try {
      started = await given();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UserError(
        `${as.path}: the function that starts this server failed: ${reason}`,
        exitStatus.usage,
        { code: "server", cause: error },
      );
    }
    return this.#place(started, as, true);
  }

  /** @param isOurs whether it is closed after the run */
  async #place(given: unknown, as: OwnServer, isOurs: boolean): Promise<Place> {
    if (isServer(given)) return this.#serverPlace(given, as, isOurs);
    if (isSocket(given)) {
      if (isOurs) this.#closers.push(async () => void given.close());
      this.own.push(as);
      return this.#checked(ofSockets, boundAddress(given));
    }
    if (typeof given === "string" || given instanceof URL) return urlPlace(given);
    if (!isMap(given)) throw new PlaceError(expected(given));
    const {
      server,
      url,
      host = "127.0.0.1",
      port,
      protocol = defaultProtocol,
    } = given as StartedServer;
    if (isOurs) this.#closers.push(() => ended(given as StartedServer));
    if (server !== undefined) return this.#place(server, as, false);
    if (url !== undefined) return urlPlace(url);
    if (typeof port !== "number" || typeof host !== "string") throw new PlaceError(expected(given));
    return { protocol, text: `${host.includes(":") ? `[${host}]` : host}:${port}` };
  }

  async #serverPlace(server: Server, as: OwnServer, isOurs: boolean): Promise<Place> {
    const isStarted = !server.listening;
    if (isOurs || isStarted) this.#closers.push(closerOf(server));
    if (isStarted) await listening(server, as.path);
    this.own.push(as);
    const address = server.address();
    if (address === null || typeof address === "string") {
      const where = typeof address === "string" ? `the Unix socket ${address}` : "no address";
      throw new PlaceError(
        `the server listens on ${where}: slash8 needs a TCP port, as after server.listen(0, "127.0.0.1")`,
      );
    }
    return this.#checked(ofServers, address);
  }

  #checked(protocol: Protocol, { address, port }: AddressInfo): Place {
    const isWildcard = address === "::" || address === "0.0.0.0";
    const used = isWildcard ? "127.0.0.1" : address;
    if (!this.#allowRemote && !isLoopback(used)) {
      throw new PlaceError(
        `the server listens on ${formatEndpoint({ address, port })}, which is not a loopback address; ` +
          'let it listen on "127.0.0.1", or pass allowRemote: true',
      );
    }
    return { protocol, text: formatEndpoint({ address: used, port }) };
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value stands for a server, and is not a scenario's own way to write one. */
function isSource(value: unknown): boolean {
  if (typeof value === "function" || value instanceof URL) return true;
  if (!isMap(value)) return false;
  return isServer(value) || isSocket(value) || "port" in value;
}

/** By what it can do: it may come from another realm, or be a wrapper. */
function isServer(value: unknown): value is Server {
  return hasMethods(value, ["listen", "address", "close"]);
}

function isSocket(value: unknown): value is Extract<ServerObject, { bind: unknown }> {
  return hasMethods(value, ["bind", "send", "address", "close"]);
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof (value as Fields)[name] === "function");
}

function expected(given: unknown): string {
  const what = given === null || typeof given !== "object" ? String(given) : "this object";
  return (
    `${what} is not a server: give one of net, tls, http or dgram, tcp://ADDRESS:PORT, { host, port }, ` +
    "or a function that returns one of them"
  );
}

function boundAddress(socket: { address(): AddressInfo }): AddressInfo {
  try {
    return socket.address();
  } catch {
    throw new PlaceError(
      'the socket is not bound: call bind(0, "127.0.0.1") and wait for "listening", or give a function that does',
    );
  }
}

function urlPlace(url: string | URL): Place {
  const text = String(url);
  const found = urlPattern.exec(text);
  if (found === null) {
    throw new PlaceError(`"${text}": write tcp://ADDRESS:PORT or udp://ADDRESS:PORT`);
  }
  return { protocol: found[1] as Protocol, text: found[2] ?? "" };
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      server.off("listening", ready);
      reject(
        new UserError(`${path}: the server cannot listen: ${error.message}`, exitStatus.usage, {
          code: "server",
          cause: error,
        }),
      );
    };
    const ready = () => {
      server.off("error", failed);
      resolve();
    };
    server.once("error", failed);
    server.once("listening", ready);
    try {
      server.listen({ port: 0, host: "127.0.0.1", backlog });
    } catch (error) {
      failed(error as Error);
    }
  });
}

/** Ends a server with its connections: some of them may outlive their clients. */
function closerOf(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>();
  const accepted = (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
  server.on("connection", accepted);
  return () =>
    new Promise((resolve) => {
      server.off("connection", accepted);
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
}

async function ended(started: StartedServer): Promise<void> {
  const { server } = started;
  const dispose = started[Symbol.asyncDispose] ?? started[Symbol.dispose] ?? started.close;
  if (dispose !== undefined) await dispose.call(started);
  else if (isServer(server)) await closerOf(server)();
  else server?.close();
}
