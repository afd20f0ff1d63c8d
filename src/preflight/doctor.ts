import type { IoKind } from "../base/io-kind.ts";
import { formatCount } from "../base/units.ts";
import { fastIo, portableIo } from "../io/backends.ts";
import { anyIpScript } from "../machine/anyip.ts";
import type { HostFacts } from "../machine/host-facts.ts";
import type { AddressTrial } from "../machine/loopback-trial.ts";
import type { MachineFacts } from "../plan/plan-types.ts";
import { type Capacity, capacitiesOf, tightest } from "./capacity.ts";
import type { FanOutTrial } from "./checks/broadcast-trial.ts";
import type { CheckResult } from "./checks/check-result.ts";
import { telemetryRemedy } from "./checks/telemetry.ts";

/** `slash8 doctor`: what this machine can hold, and how to raise it. Plain data for --json. */
export interface Diagnosis {
  readonly host: HostFacts;
  /** What `--io auto` uses here. */
  readonly io: IoKind;
  /** Why it does not use the fast one; null where it does. */
  readonly ioObstacle: string | null;
  /** TCP connections, both ends on this machine. */
  readonly maxConnections: number;
  /** Name of the capacity that sets this limit. */
  readonly limitedBy: string;
  /** Ascending by connections. */
  readonly capacities: readonly Capacity[];
  readonly trials: readonly AddressTrial[];
  /** Whether broadcasts and multicasts reach all receivers. */
  readonly fanOut: readonly FanOutTrial[];
  /** Why `telemetry: tcp` cannot be used here; null where it can. */
  readonly telemetryObstacle: string | null;
  readonly results: readonly CheckResult[];
}

/**
 * Judges a machine without a plan. Pure.
 *
 * @param trials   from `tryAddresses`
 * @param obstacle why the fast io cannot be used here
 * @param fanOut   from `tryFanOut`
 * @param telemetryObstacle why `telemetry: tcp` cannot be used here
 */
export function examine(
  machine: MachineFacts,
  host: HostFacts,
  trials: readonly AddressTrial[],
  obstacle: string | null,
  fanOut: readonly FanOutTrial[],
  telemetryObstacle: string | null,
): Diagnosis {
  const io = obstacle === null ? fastIo : portableIo;
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
    fanOut,
    telemetryObstacle,
    results: [
      ...loopback(host, trials),
      ...capacities.map(
        (capacity): CheckResult => ({
          level: "note",
          check: capacity.name,
          message:
            `${formatCount(capacity.connections)} connections` +
            `${capacity.scope === "process" ? " a process" : ""}: ${capacity.because}` +
            `${capacity === limit ? "; this limits first" : ""}`,
          remedy: capacity.raise,
        }),
      ),
      anyIp(host),
      ...fanOut.map((trial) => fanOutResult(host, trial)),
      pathOf(host, obstacle),
      telemetryOf(host, telemetryObstacle),
    ],
  };
}

/** Whether many sockets can receive one datagram, and how they must be bound. */
function fanOutResult({ os }: HostFacts, trial: FanOutTrial): CheckResult {
  const { delivery, address, bindTo, obstacle } = trial;
  if (bindTo === null) {
    const remedy =
      delivery === "broadcast"
        ? "use a multicast group where many are to receive one datagram, or Linux"
        : "use Linux where many are to receive one datagram";
    const message = `a ${delivery} to ${address} does not reach every receiver on ${os}: ${obstacle}`;
    return { level: "warn", check: delivery, message, remedy };
  }
  const bound =
    bindTo === address ? "" : `, where they are bound to ${bindTo} and not to ${address}`;
  const message = `a ${delivery} to ${address} reaches every receiver that shares its port${bound}`;
  return { level: "note", check: delivery, message, remedy: "nothing to do" };
}

/** Which IPv6 addresses can be used over loopback: ::1, and prefixes that are routed to lo as a whole. */
function anyIp({ os, ipv6 }: HostFacts): CheckResult {
  const check = "anyIp";
  const prefixes = ipv6.loopback.filter((cidr) => !cidr.endsWith("/128")).join(", ");
  if (prefixes !== "" && ipv6.nonlocalBind === false) {
    return {
      level: "warn",
      check,
      message: `${prefixes}: routed to lo as a whole (AnyIP), but no socket can be bound there: net.ipv6.ip_nonlocal_bind is 0`,
      remedy: `sudo ${anyIpScript} ${prefixes.replaceAll(",", "")}`,
    };
  }
  if (prefixes !== "") {
    const message = `${prefixes}: routed to lo as a whole (AnyIP), every address of it can be used by clients and servers`;
    return { level: "note", check, message, remedy: "nothing to do" };
  }
  const one = ipv6.loopback.includes("::1/128")
    ? "over IPv6 all clients share one address, ::1"
    : "this machine has no ::1: IPv6 is switched off";
  return {
    level: "note",
    check,
    message: os === "Linux" ? `${one}; no prefix is routed to lo (AnyIP)` : one,
    remedy:
      os === "Linux"
        ? `sudo ${anyIpScript}: all of fd00:127::/64; or use 127.0.0.0/8`
        : "only Linux routes a whole prefix to lo; use 127.0.0.0/8 where each client is to have its own address",
  };
}

/** Which io sockets use, and why not the fast one. */
function pathOf({ os }: HostFacts, obstacle: string | null): CheckResult {
  const message =
    obstacle === null
      ? "sockets use the fast path, io_uring (--io node uses Node's own)"
      : `sockets use the portable path, Node's net and dgram: ${obstacle}`;
  const remedy =
    obstacle === null || os !== "Linux"
      ? "nothing to do"
      : "remove the obstacle: a connection then costs less CPU and no open file";
  return { level: "note", check: "io", message, remedy };
}

/** Whether the kernel's figures of TCP connections can be read. */
function telemetryOf({ os }: HostFacts, obstacle: string | null): CheckResult {
  const message =
    obstacle === null
      ? "telemetry: tcp can be used: the kernel's figures of TCP connections can be read (sock_diag)"
      : `telemetry: tcp cannot be used, so nothing is known of retransmits and round-trip times: ${obstacle}`;
  const remedy =
    obstacle === null
      ? "nothing to do"
      : os === "Linux"
        ? telemetryRemedy(obstacle)
        : "only Linux has it: leave telemetry out elsewhere";
  return { level: "note", check: "telemetry", message, remedy };
}

function loopback(host: HostFacts, trials: readonly AddressTrial[]): CheckResult[] {
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
