import { formatCount } from "../base/units.ts";
import type { IoKind } from "../io/io.ts";
import type { MachineFacts } from "../scenario/plan-types.ts";
import { type Capacity, capacitiesOf, tightest } from "./capacity.ts";
import type { Finding } from "./finding.ts";
import type { HostFacts } from "./host-facts.ts";
import type { AddressTrial } from "./loopback-trial.ts";

/** `slash8 doctor`: what this machine can hold, and how to raise it. Plain data for --json. */
export interface Diagnosis {
  readonly host: HostFacts;
  /** What `--io auto` takes here. */
  readonly io: IoKind;
  /** Why it does not take uring; null where it does. */
  readonly ioObstacle: string | null;
  /** TCP connections, both ends on this machine. */
  readonly maxConnections: number;
  /** Name of the capacity that ends there. */
  readonly limitedBy: string;
  /** Ascending by connections. */
  readonly capacities: readonly Capacity[];
  readonly trials: readonly AddressTrial[];
  readonly findings: readonly Finding[];
}

/**
 * Judges a machine without a plan. Pure.
 *
 * @param trials   from `tryAddresses`
 * @param obstacle from `ioObstacle`
 */
export function examine(
  machine: MachineFacts,
  host: HostFacts,
  trials: readonly AddressTrial[],
  obstacle: string | null,
): Diagnosis {
  const io = obstacle === null ? "uring" : "node";
  const capacities = capacitiesOf(machine, host, io).sort((a, b) => a.connections - b.connections);
  const limit = tightest(capacities);
  return {
    host,
    io,
    ioObstacle: obstacle,
    maxConnections: limit.connections,
    limitedBy: limit.name,
    capacities,
    trials,
    findings: [
      ...loopback(host, trials),
      ...capacities.map(
        (capacity): Finding => ({
          level: "note",
          check: capacity.name,
          message:
            `${formatCount(capacity.connections)} connections` +
            `${capacity.scope === "process" ? " a process" : ""}: ${capacity.because}` +
            `${capacity === limit ? "; this limits first" : ""}`,
          remedy: capacity.raise,
        }),
      ),
      pathOf(host, obstacle),
    ],
  };
}

/** Which way sockets go, and why not the fast one. */
function pathOf({ os }: HostFacts, obstacle: string | null): Finding {
  const message =
    obstacle === null
      ? "sockets go the fast path: io_uring (--io node takes Node's own)"
      : `sockets go the portable path, Node's net and dgram: ${obstacle}`;
  const remedy =
    obstacle === null || os !== "Linux"
      ? "nothing to do"
      : "remove the obstacle: a connection then costs less CPU and no open file";
  return { level: "note", check: "io", message, remedy };
}

function loopback(host: HostFacts, trials: readonly AddressTrial[]): Finding[] {
  const failed = trials.filter(({ code }) => code !== null);
  if (failed.length === 0) return [];
  const tried = failed.map(({ address, code }) => `${address} (${code})`).join(", ");
  return [
    {
      level: "warn",
      check: "loopbackAddresses",
      message: `not all of 127.0.0.0/8 can be used: ${tried}`,
      remedy:
        host.os === "Darwin"
          ? "add the addresses that a scenario needs: scripts/macos/lo0-alias-up.sh --scenario FILE"
          : "give lo the whole network: sudo ip address replace 127.0.0.1/8 dev lo && sudo ip link set lo up",
    },
  ];
}
