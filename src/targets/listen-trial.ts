import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { type Endpoint, formatEndpoint } from "../address/flow.ts";
import { isAnyIp, parseIp } from "../address/ip.ts";
import { type Protocol, protocols } from "../address/protocol.ts";
import { CapacityError, serverError, type UserError } from "../base/errors.ts";
import { anyIpScript, networkOf } from "../machine/anyip.ts";
import type { Server } from "../scenario/scenario.ts";
import { type Holder, holderOf } from "./port-holder.ts";

/** A server and where it is to listen; "serve" is a built-in server without a scenario. */
export interface Listening extends Pick<Server, "name" | "protocol" | "listen"> {
  readonly kind: Server["kind"] | "serve";
}

/** A port taken for a moment; closing gives it back. */
export interface HeldPort {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Binds (TCP: listens on) an endpoint; port 0 takes a free one.
 *
 * @throws (rejects with) an Error whose `code` is the errno name
 */
export function holdPort(protocol: Protocol, endpoint: Endpoint): Promise<HeldPort> {
  return new Promise((resolve, reject) => {
    if (protocols[protocol].hasConnections) {
      const server = createServer();
      server.once("error", reject);
      server.listen({ host: endpoint.address, port: endpoint.port }, () => {
        const { port } = server.address() as { port: number };
        resolve({ port, close: () => new Promise((done) => server.close(() => done())) });
      });
      return;
    }
    const socket = createSocket(endpoint.address.includes(":") ? "udp6" : "udp4");
    socket.once("error", reject);
    socket.bind({ address: endpoint.address, port: endpoint.port, exclusive: true }, () => {
      const { port } = socket.address();
      resolve({ port, close: () => new Promise((done) => socket.close(() => done())) });
    });
  });
}

/**
 * Checks that a server can listen on its endpoints.
 *
 * @throws (rejects with) UserError that names the endpoint, the holder where it can be found, and
 *         what to do
 */
export async function checkCanListen(server: Listening): Promise<void> {
  for (const endpoint of server.listen) {
    try {
      await (await holdPort(server.protocol, endpoint)).close();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw await listenError(server, endpoint, code ?? message);
    }
  }
}

/** Returns why a server cannot listen on an endpoint, for the user. */
export async function listenError(
  server: Listening,
  endpoint: Endpoint,
  code: string,
): Promise<UserError> {
  const place = `server ${server.name} cannot listen on ${formatEndpoint(endpoint)}`;
  switch (code) {
    case "EADDRINUSE": {
      const holder = await holderOf(server.protocol, endpoint);
      const how = server.kind === "command" ? "another port" : "another port (0 takes a free one)";
      const end = holder?.isOfRun === true ? "wait until that run has ended" : "end it";
      const choices =
        server.kind === "serve"
          ? `${end}, or choose ${how}`
          : `${end}, choose ${how}, or leave "builtin" and "command" out to test what runs there`;
      return serverError(`${place}: ${holderText(holder)}; ${choices}${commandText(holder)}`);
    }
    case "EADDRNOTAVAIL":
      return new CapacityError(
        `${place}: this machine does not have the address; ${howToAdd(endpoint.address)}`,
      );
    case "EACCES":
      return serverError(
        `${place}: only privileged programs may listen on ports below 1024; choose a higher port`,
      );
    default:
      return serverError(`${place}: ${code}`);
  }
}

function holderText(holder: Holder | null): string {
  if (holder === null) {
    return "another program listens there already, which belongs to another user or container, or has just ended";
  }
  const is = `${holder.name} (pid ${holder.pid}) listens there already`;
  return holder.isOfRun ? `${is}, a server of another slash8 run or of slash8 serve` : is;
}

/** Many programs have the name of their interpreter. */
function commandText(holder: Holder | null): string {
  if (holder === null || holder.isOfRun || holder.command === null) return "";
  return `. Its command line: ${holder.command}`;
}

function howToAdd(address: string): string {
  if (process.platform === "darwin") return `add it: scripts/macos/lo0-alias-up.sh ${address}`;
  if (process.platform === "linux" && isAnyIp(parseIp(address))) {
    return `route its prefix to lo: sudo ${anyIpScript} ${networkOf(address)}`;
  }
  return "see ip address show";
}
