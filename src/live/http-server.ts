import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Endpoint, formatEndpoint } from "../address/flow.ts";
import { isLoopback } from "../address/ip.ts";
import { CapacityError } from "../base/errors.ts";

/** Answers a GET; an exception or rejection gives status 500 or, after the headers, ends the connection. */
export type Route = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A scraper or a browser uses one or two connections; more than this are refused. */
const mostConnections = 32;
const requestTimeoutMs = 5_000;

/**
 * A small HTTP server for watching a run from this machine.
 *
 * It answers GET and HEAD on a few paths, on a few connections. On a loopback address it answers only if Host
 * is a loopback address or localhost: with DNS rebinding a foreign page's name points to 127.0.0.1, but Host
 * is still that name. No answer can be read by other origins.
 */
export class HttpServer {
  readonly #server: Server;
  readonly endpoint: Endpoint;

  private constructor(server: Server) {
    this.#server = server;
    const { address, port } = server.address() as AddressInfo;
    this.endpoint = { address, port };
  }

  /**
   * Starts to listen.
   *
   * @param option of the command line, for messages
   * @param routes by path
   * @throws       (rejects with) UserError (exit 3) where the address is not available
   */
  static async open(
    option: string,
    wanted: Endpoint,
    routes: Readonly<Record<string, Route>>,
  ): Promise<HttpServer> {
    const isLocal = isLoopback(wanted.address);
    const server = createServer((request, response) => {
      void answer(request, response, routes, isLocal);
    });
    server.maxConnections = mostConnections;
    server.headersTimeout = requestTimeoutMs;
    server.requestTimeout = requestTimeoutMs;
    server.keepAliveTimeout = requestTimeoutMs;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        reject(new CapacityError(refusal(option, wanted, error)));
      });
      server.listen(wanted.port, wanted.address, resolve);
    });
    // An open page must not keep this process running.
    server.unref();
    return new HttpServer(server);
  }

  url(path: string): string {
    return `http://${formatEndpoint(this.endpoint)}${path}`;
  }

  /** Ends all connections. Never rejects. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

function refusal(option: string, wanted: Endpoint, { code, message }: NodeJS.ErrnoException) {
  const given = `--${option} ${formatEndpoint(wanted)}`;
  switch (code) {
    case "EADDRINUSE":
      return `${given}: another program listens there already; use another port, or 0 for a free one`;
    case "EADDRNOTAVAIL":
      return `${given}: this machine does not have the address; use one of its own, such as 127.0.0.1`;
    case "EACCES":
      return `${given}: not permitted; use a port above 1023`;
    default:
      return `${given}: ${message}`;
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Readonly<Record<string, Route>>,
  isLocal: boolean,
): Promise<void> {
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Frame-Options", "DENY");
  response.setHeader("Referrer-Policy", "no-referrer");
  const path = (request.url ?? "").split("?")[0] as string;
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (isLocal && !namesLoopback(request.headers.host)) {
    say(response, 403, "this server only answers requests to a loopback address or localhost");
  } else if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    say(response, 405, "only GET and HEAD are allowed");
  } else if (route === undefined) {
    say(response, 404, `there is no such path; try ${Object.keys(routes).join(", ")}`);
  } else {
    try {
      await route(request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else say(response, 500, (error as Error).message);
    }
  }
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(`${text}\n`);
}

/** Returns whether a Host header names this machine by a loopback address or as localhost. */
export function namesLoopback(host: string | undefined): boolean {
  const name = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(host ?? "");
  const address = name?.[1] ?? name?.[2] ?? "";
  if (address.toLowerCase() === "localhost") return true;
  try {
    return isLoopback(address);
  } catch {
    return false; // A name.
  }
}
