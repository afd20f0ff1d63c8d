import { readlinkSync } from "node:fs";
import type { Endpoint } from "../address/flow.ts";
import { isWildcard, parseIp } from "../address/ip.ts";
import { type Protocol, protocols } from "../address/protocol.ts";
import { namesIn } from "../base/files/names-in.ts";
import { readListeners } from "../machine/listening.ts";
import { commandOutput, readText } from "../machine/read-text.ts";

export interface Holder {
  readonly pid: number;
  /** The program's name as the kernel has it, at most 15 bytes. */
  readonly name: string;
  /** Its command line, shortened, without control characters; null where the system does not report it. */
  readonly command: string | null;
  /** Whether slash8 has started it: a server of another run, or of `slash8 serve`. */
  readonly isOfRun: boolean;
}

/** Main files of what slash8 starts and what listens, itself or below it. */
const ofRun = /(?:^|\/)(?:servers\/process\/main|processes\/supervisor)\.[jt]s$/;

/** Processes above the holder that are looked at: a server may be started by a shell of a supervisor. */
const mostAncestors = 4;

const longestCommand = 80;

/**
 * Returns the process that listens on an endpoint, on that address or on a wildcard; null where none does
 * or it belongs to another user.
 *
 * @throws never
 * @cost   reads the open files of all processes
 */
export async function holderOf(protocol: Protocol, endpoint: Endpoint): Promise<Holder | null> {
  if (process.platform === "linux") return holderOnLinux(protocol, endpoint);
  const name = protocol.toUpperCase();
  const which = [
    `-i${name}:${endpoint.port}`,
    ...(protocols[protocol].hasConnections ? [`-s${name}:LISTEN`] : []),
  ];
  return parseLsof((await commandOutput("lsof", ["-nP", "-Fpc", ...which])) ?? "");
}

/** Parses `lsof -Fpc`: lines of a letter and a value, "p" the pid and "c" the command. Returns the first process. */
export function parseLsof(text: string): Holder | null {
  const match = /^p(\d+)\nc(.*)$/m.exec(text);
  if (match === null) return null;
  return { pid: Number(match[1]), name: match[2] as string, command: null, isOfRun: false };
}

function holderOnLinux(protocol: Protocol, endpoint: Endpoint): Holder | null {
  const inodes = new Set(
    readListeners(protocol)
      .filter(({ endpoint: { address, port }, inode }) => {
        const meets = address === endpoint.address || isWildcard(parseIp(address));
        return inode !== 0 && port === endpoint.port && meets;
      })
      .map(({ inode }) => `socket:[${inode}]`),
  );
  if (inodes.size === 0) return null;
  for (const pid of namesIn("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const file of namesIn(`/proc/${pid}/fd`)) {
      if (!inodes.has(link(`/proc/${pid}/fd/${file}`))) continue;
      return {
        pid: Number(pid),
        name: readText(`/proc/${pid}/comm`)?.trim() ?? "unknown",
        command: shortened(argumentsOf(pid).join(" ")),
        isOfRun: isOfRun(pid),
      };
    }
  }
  return null;
}

/** The arguments of a process; empty for one that has ended. */
function argumentsOf(pid: string): readonly string[] {
  return (readText(`/proc/${pid}/cmdline`) ?? "").split("\0").filter((text) => text !== "");
}

function isOfRun(pid: string): boolean {
  let at = pid;
  for (let up = 0; up <= mostAncestors && at !== "0"; up++) {
    if (argumentsOf(at).some((text) => ofRun.test(text))) return true;
    at = /^PPid:\s*(\d+)/m.exec(readText(`/proc/${at}/status`) ?? "")?.[1] ?? "0";
  }
  return false;
}

/** Names and arguments are another program's: they must not act on a terminal. */
function shortened(command: string): string | null {
  const text = command.replaceAll(/\p{C}/gu, "?");
  if (text === "") return null;
  return text.length > longestCommand ? `${text.slice(0, longestCommand)}...` : text;
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
