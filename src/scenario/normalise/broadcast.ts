import { formatEndpoint } from "../../address/flow.ts";
import { isLoopback, isMulticast } from "../../address/ip.ts";
import { parseRanges } from "../../address/ranges.ts";
import { UserError } from "../../base/errors.ts";
import { timedStampBytes } from "../../messages/send-time.ts";
import type { MessageSpec } from "../../messages/spec.ts";
import type { Audience } from "../scenario.ts";
import type { WorkloadInput } from "../schema/workload.ts";
import type { Findings } from "../source/diagnostics.ts";
import type { Path } from "../source/tree.ts";
import type { ResolvedTarget } from "./target.ts";

/** Every listener remembers of every sender what it has heard last. */
const mostSenders = 4096;

/** Shorter stays say nothing: joining and leaving themselves take milliseconds. */
const shortestStayNs = 100e6;

/** The one broadcast address of lo that is meant by it. */
const broadcastAddress = "127.255.255.255";

/**
 * The listeners of a broadcast, and whether target, senders and message are fit for one.
 *
 * @returns null for other patterns, and where something is wrong, which is noted
 */
export function normaliseAudience(
  input: WorkloadInput,
  target: ResolvedTarget,
  sources: readonly string[],
  message: MessageSpec,
  path: Path,
  findings: Findings,
): Audience | null {
  if (input.pattern !== "broadcast") return null;
  const delivery = deliveryOf(input, target, path, findings);
  const { listeners, listenerProcesses = 1, listenerThreads = 1, comeAndGo } = input;
  if (listeners === undefined) {
    findings.key(path, "listeners is missing: how many are to hear each datagram");
  } else if (listeners < listenerProcesses * listenerThreads) {
    const field = input.listenerThreads === undefined ? "listenerProcesses" : "listenerThreads";
    findings.value(
      [...path, field],
      `${listeners} listeners are fewer than ${listenerProcesses} processes of ${listenerThreads} threads`,
    );
  }
  if ((input.connections ?? 1) > mostSenders) {
    findings.value([...path, "connections"], `a broadcast has ${mostSenders} senders at most`);
  }
  if (message.kind !== "size" || message.bytes < timedStampBytes) {
    findings.value(
      [...path, "message"],
      `a broadcast's messages say when they were sent: give { size: ${timedStampBytes} } or more, or leave message out`,
    );
  }
  if (delivery === "multicast" && !stayOnHost(sources)) {
    findings.value(
      [...path, "sources"],
      "multicast goes out where its source is; give sources of 127.0.0.0/8, or leave sources out",
    );
  }
  if (comeAndGo !== undefined) checkComeAndGo(comeAndGo, input, [...path, "comeAndGo"], findings);
  if (delivery === null || listeners === undefined) return null;
  return {
    delivery,
    listeners,
    listenerProcesses,
    listenerThreads,
    comeAndGo:
      comeAndGo === undefined
        ? null
        : { listeners: comeAndGo.listeners, stayNs: comeAndGo.stay, awayNs: comeAndGo.away },
  };
}

function deliveryOf(
  input: WorkloadInput,
  { server, protocol, endpoints }: ResolvedTarget,
  path: Path,
  findings: Findings,
): Audience["delivery"] | null {
  const at = [...path, "target"];
  const refuse = (message: string) => {
    findings.value(at, message);
    return null;
  };
  const where = `udp://${broadcastAddress}:PORT, or a multicast group such as udp://239.255.0.1:PORT`;
  if (server !== null) return refuse(`a broadcast brings its own listeners; write ${where}`);
  if (protocol !== "udp") return refuse(`a broadcast is over UDP; write ${where}`);
  const [endpoint] = endpoints;
  if (endpoint === undefined || endpoints.length > 1) {
    return refuse(`a broadcast has one target; write ${where}`);
  }
  const { address } = endpoint;
  const contrast = input.contrast ?? false;
  if (address === broadcastAddress || isMulticast(address)) {
    if (!contrast) return address === broadcastAddress ? "broadcast" : "multicast";
    return refuse(
      `${address} is for all listeners; contrast needs an address for one, such as udp://127.0.0.77:PORT`,
    );
  }
  if (address.includes(":") || !isLoopback(address)) {
    return refuse(`${formatEndpoint(endpoint)} is no broadcast on loopback; write ${where}`);
  }
  if (contrast) return "contrast";
  return refuse(
    `what is sent to ${address} reaches one listener alone; write ${where}; or contrast: true, to see just that`,
  );
}

function checkComeAndGo(
  { listeners, stay }: NonNullable<WorkloadInput["comeAndGo"]>,
  input: WorkloadInput,
  path: Path,
  findings: Findings,
): void {
  if (input.contrast === true) {
    findings.key(path, "comeAndGo has no meaning with contrast: which one gets all would change");
  }
  if (input.listeners !== undefined && listeners >= input.listeners) {
    findings.value(
      [...path, "listeners"],
      `one of the ${input.listeners} listeners must stay all the time: what it hears says what the others miss`,
    );
  }
  if (stay < shortestStayNs) findings.value([...path, "stay"], "a listener stays 100ms at least");
}

function stayOnHost(sources: readonly string[]): boolean {
  if (sources.length === 0) return true;
  try {
    const { family, ranges } = parseRanges(sources);
    return family === 4 && ranges.every(([from, to]) => from >> 24n === 127n && to >> 24n === 127n);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return true; // What is wrong with them is noted already.
  }
}
