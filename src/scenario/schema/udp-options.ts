import type { BuiltinName, UdpMode, UdpOptions } from "../scenario.ts";

export const udpModes = [
  "specific",
  "per-address",
  "wildcard",
  "wildcard-pktinfo",
  "established",
  "reuseport",
] as const satisfies readonly UdpMode[];

/** The default. */
const idleTimeoutNs = 30e9;
/** established: as many as in a second may arrive at once. */
const newPeersPerSecond = 20_000;

/** A user's choices for a built-in UDP server's sockets. */
export interface UdpChoices {
  readonly mode: UdpMode | undefined;
  readonly idleTimeoutNs: number | undefined;
  readonly newPeersPerSecond: number | undefined;
}

/** The choices with their defaults. @param listens how many addresses it listens on */
export function udpOptions(choices: UdpChoices, listens: number, remote: boolean): UdpOptions {
  const mode = choices.mode ?? (listens === 1 ? "specific" : "per-address");
  return {
    mode,
    idleTimeoutNs: choices.idleTimeoutNs ?? idleTimeoutNs,
    newPeersPerSecond:
      choices.newPeersPerSecond ?? (mode === "established" ? newPeersPerSecond : null),
    remote,
  };
}

/** A problem with a choice, for the user. */
export interface UdpConflict {
  readonly key: keyof UdpChoices;
  readonly message: string;
}

/** Returns the first conflict between choices, or null. */
export function udpConflict(
  builtin: BuiltinName,
  choices: UdpChoices,
  listens: number,
): UdpConflict | null {
  const { mode } = choices;
  if (mode === "specific" && listens > 1) {
    return {
      key: "mode",
      message: `mode specific is one socket on one address, and ${listens} are listed; per-address has one for each`,
    };
  }
  if (mode === "wildcard-pktinfo" && builtin === "udp-sink") {
    return {
      key: "mode",
      message: "mode wildcard-pktinfo is about replies, and udp-sink sends none; use wildcard",
    };
  }
  if (
    choices.idleTimeoutNs !== undefined &&
    mode !== "established" &&
    choices.newPeersPerSecond === undefined
  ) {
    return {
      key: "idleTimeoutNs",
      message:
        "is when a known peer is forgotten: only mode established and a limit of new peers keep known peers",
    };
  }
  return null;
}

/** Default number of processes of a server in mode reuseport: with one there would be nothing to share. */
export const reuseportProcesses = 2;
