/** Lists what listens on this machine now: which ports source ports must avoid, and who holds a port. */
import { closeSync, openSync, readSync } from "node:fs";
import type { Endpoint } from "../address/flow.ts";
import { type Protocol, protocolNames, protocols } from "../address/protocol.ts";
import { commandOutput, readText } from "./read-text.ts";
import { listenState, parseNetstat, parseSocketTable, type SocketRow } from "./socket-table.ts";

export type Listening = Readonly<Record<Protocol, readonly Endpoint[]>>;

/** @throws never; an empty list where the system does not report it */
export async function readListening(): Promise<Listening> {
  const lists = protocolNames.map(
    async (protocol) => [protocol, distinct(await readEndpoints(protocol))] as const,
  );
  return Object.fromEntries(await Promise.all(lists)) as unknown as Listening;
}

async function readEndpoints(protocol: Protocol): Promise<Endpoint[]> {
  if (process.platform === "linux") return readListeners(protocol).map((row) => row.endpoint);
  return parseNetstat((await commandOutput("netstat", ["-an", "-p", protocol])) ?? "", protocol);
}

/** Linux: listening TCP sockets, or all bound UDP sockets, of both address families. */
export function readListeners(protocol: Protocol): SocketRow[] {
  const tables = [`/proc/net/${protocol}`, `/proc/net/${protocol}6`];
  if (!protocols[protocol].hasConnections) {
    return tables.flatMap((path) => parseSocketTable(readText(path) ?? ""));
  }
  return tables.flatMap((path) =>
    parseSocketTable(readHead(path)).filter((row) => row.state === listenState),
  );
}

/**
 * Reads the start of /proc/net/tcp, to the end of the listening sockets.
 *
 * The kernel lists all listening sockets before any other (net/ipv4/tcp_ipv4.c, tcp_get_idx), so a
 * machine with a million connections need not print them all.
 */
function readHead(path: string): string {
  let text = "";
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return text; // For example without IPv6.
  }
  try {
    const chunk = Buffer.alloc(64 << 10);
    for (;;) {
      const bytes = readSync(file, chunk, 0, chunk.length, null);
      if (bytes === 0) return text;
      const part = chunk.toString("latin1", 0, bytes);
      text += part;
      if (parseSocketTable(part).some((row) => row.state !== listenState)) return text;
    }
  } catch {
    return text;
  } finally {
    closeSync(file);
  }
}

function distinct(endpoints: readonly Endpoint[]): Endpoint[] {
  const byText = new Map(endpoints.map((e) => [`${e.address} ${e.port}`, e]));
  return [...byText.values()];
}
