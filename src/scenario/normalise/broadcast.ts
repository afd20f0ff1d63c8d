import { formatEndpoint } from "../../address/flow.ts";
import { isLoopback, isMulticast } from "../../address/ip.ts";
import { protocols } from "../../address/protocol.ts";
import { parseRanges } from "../../address/ranges.ts";
import { UserError } from "../../base/errors.ts";
import { timedStampBytes } from "../../messages/send-time.ts";
import type { MessageSpec } from "../../messages/spec.ts";
import { patterns } from "../patterns.ts";
import type { Broadcast } from "../scenario.ts";
import type { WorkloadInput } from "../schema/workload.ts";
import type { Diagnostics } from "../source/diagnostics.ts";
import type { Path } from "../source/tree.ts";
import type { ResolvedTarget } from "./target.ts";

/** Every receiver keeps the last datagram's number of every sender. */
const mostSenders = 4096;

/** Shorter memberships measure nothing: joining and leaving themselves take milliseconds. */
const shortestJoinedNs = 100e6;

/** The broadcast address of lo that a broadcast uses. */
const broadcastAddress = "127.255.255.255";

/**
 * The receivers of a broadcast; also checks that target, senders and message suit one.
 *
 * @returns null for other patterns, and where something is wrong, which is reported
 */
export function normaliseBroadcast(
  input: WorkloadInput,
  target: ResolvedTarget,
  sources: readonly string[],
  message: MessageSpec,
  path: Path,
  diagnostics: Diagnostics,
): Broadcast | null {
  if (!patterns[input.pattern].bringsReceivers) return null;
  const delivery = deliveryOf(input, target, path, diagnostics);
  const { receivers, receiverProcesses = 1, receiverThreads = 1, membership } = input;
  if (receivers === undefined) {
    diagnostics.key(path, "receivers is missing: how many receive each datagram");
  } else if (receivers < receiverProcesses * receiverThreads) {
    const field = input.receiverThreads === undefined ? "receiverProcesses" : "receiverThreads";
    diagnostics.value(
      [...path, field],
      `${receivers} receivers are fewer than ${receiverProcesses} processes of ${receiverThreads} threads`,
    );
  }
  if ((input.connections ?? 1) > mostSenders) {
    diagnostics.value([...path, "connections"], `a broadcast has ${mostSenders} senders at most`);
  }
  if (message.kind !== "size" || message.bytes < timedStampBytes) {
    diagnostics.value(
      [...path, "message"],
      `a broadcast's messages say when they were sent: give { size: ${timedStampBytes} } or more, or leave message out`,
    );
  }
  if (delivery === "multicast" && !stayOnHost(sources)) {
    diagnostics.value(
      [...path, "sources"],
      "multicast leaves through the interface of its source; give sources of 127.0.0.0/8, or leave sources out",
    );
  }
  if (membership !== undefined)
    checkMembership(membership, input, [...path, "membership"], diagnostics);
  if (delivery === null || receivers === undefined) return null;
  return {
    delivery,
    receivers,
    receiverProcesses,
    receiverThreads,
    membership:
      membership === undefined
        ? null
        : {
            receivers: membership.receivers,
            joinedForNs: membership.joined,
            leftForNs: membership.left,
          },
  };
}

function deliveryOf(
  input: WorkloadInput,
  { server, protocol, endpoints }: ResolvedTarget,
  path: Path,
  diagnostics: Diagnostics,
): Broadcast["delivery"] | null {
  const at = [...path, "target"];
  const refuse = (message: string) => {
    diagnostics.value(at, message);
    return null;
  };
  const where = `udp://${broadcastAddress}:PORT, or a multicast group such as udp://239.255.0.1:PORT`;
  if (server !== null) return refuse(`a broadcast has its own receivers; write ${where}`);
  if (!protocols[protocol].isDatagram) return refuse(`a broadcast is over UDP; write ${where}`);
  const [endpoint] = endpoints;
  if (endpoint === undefined || endpoints.length > 1) {
    return refuse(`a broadcast has one target; write ${where}`);
  }
  const { address } = endpoint;
  const contrast = input.contrast ?? false;
  if (address === broadcastAddress || isMulticast(address)) {
    if (!contrast) return address === broadcastAddress ? "broadcast" : "multicast";
    return refuse(
      `${address} is for all receivers; contrast needs an address for one, such as udp://127.0.0.77:PORT`,
    );
  }
  if (address.includes(":") || !isLoopback(address)) {
    return refuse(
      `${formatEndpoint(endpoint)} is not a broadcast address on loopback; write ${where}`,
    );
  }
  if (contrast) return "contrast";
  return refuse(
    `what is sent to ${address} reaches only one receiver; write ${where}; or contrast: true, to show exactly that`,
  );
}

function checkMembership(
  { receivers, joined }: NonNullable<WorkloadInput["membership"]>,
  input: WorkloadInput,
  path: Path,
  diagnostics: Diagnostics,
): void {
  if (input.contrast === true) {
    diagnostics.key(
      path,
      "membership has no meaning with contrast: which receiver gets everything would change",
    );
  }
  if (input.receivers !== undefined && receivers >= input.receivers) {
    diagnostics.value(
      [...path, "receivers"],
      `one of the ${input.receivers} receivers must stay all the time: what it receives shows what the others miss`,
    );
  }
  if (joined < shortestJoinedNs)
    diagnostics.value([...path, "joined"], "a receiver stays for at least 100ms");
}

function stayOnHost(sources: readonly string[]): boolean {
  if (sources.length === 0) return true;
  try {
    const { family, ranges } = parseRanges(sources);
    return family === 4 && ranges.every(([from, to]) => from >> 24n === 127n && to >> 24n === 127n);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return true; // Their problems have been reported already.
  }
}
