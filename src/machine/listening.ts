/** Who listens on this machine now: what source ports must stay clear of, and who holds a port. */
import { closeSync, openSync, readSync } from "node:fs";
import type { Endpoint } from "../address/flow.ts";
import { commandOutput, readText } from "./read-text.ts";
import { listenState, parseNetstat, parseSocketTable, type SocketRow } from "./socket-table.ts";

export interface Listening {
  readonly tcp: readonly Endpoint[];
  readonly udp: readonly Endpoint[];
}

/** @throws never; an empty list where the system does not tell */
export async function readListening(): Promise<Listening> {
  if (process.platform === "linux") {
    return {
      tcp: distinct(readListeners("tcp").map((row) => row.endpoint)),
      udp: distinct(readListeners("udp").map((row) => row.endpoint)),
    };
  }
  const tcp = await commandOutput("netstat", ["-an", "-p", "tcp"]);
  const udp = await commandOutput("netstat", ["-an", "-p", "udp"]);
  return {
    tcp: distinct(parseNetstat(tcp ?? "", "tcp")),
    udp: distinct(parseNetstat(udp ?? "", "udp")),
  };
}

/** Linux: listening TCP sockets, or all bound UDP sockets, of both address families. */
export function readListeners(protocol: "tcp" | "udp"): SocketRow[] {
  if (protocol === "udp") {
    return ["/proc/net/udp", "/proc/net/udp6"].flatMap((path) =>
      parseSocketTable(readText(path) ?? ""),
    );
  }
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) =>
    parseSocketTable(readHead(path)).filter((row) => row.state === listenState),
  );
}

/**
 * The beginning of /proc/net/tcp, as far as the listeners go.
 *
 * The kernel lists all listeners before any other socket (net/ipv4/tcp_ipv4.c, tcp_get_idx), so a
 * machine that holds a million connections does not have to print them all.
 */
function readHead(path: string): string {
  let text = "";
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return text; // No IPv6, say.
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
