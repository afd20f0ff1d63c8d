import {
  type Protocol,
  type ProtocolFacts,
  protocolNames,
  protocols,
} from "../../address/protocol.ts";
import { isSilent, type PatternName, patterns, patternsWith } from "../patterns.ts";
import type { WorkloadInput } from "../schema/workload.ts";
import type { Diagnostics } from "../source/diagnostics.ts";
import type { Path } from "../source/tree.ts";
import { noDtls } from "./tls.ts";

type Field = keyof WorkloadInput;

const slowIsForTcp =
  "slow clients are for TCP: over UDP each datagram leaves whole, and what is not read is dropped; leave it out";

/** Fields that only apply to some protocols: which ones, and why not the others. */
const protocolsWith: Readonly<
  Partial<Record<Field, readonly [(protocol: ProtocolFacts) => boolean, string]>>
> = {
  framing: [isStream, "over UDP each datagram is one message; leave framing out"],
  close: [hasConnections, "close is for TCP; UDP has no connection to close"],
  connectTimeout: [hasConnections, "connectTimeout is for TCP; UDP has no connection to wait for"],
  tls: [isStream, noDtls],
  noDelay: [isStream, "noDelay is for TCP"],
  read: [isStream, slowIsForTcp],
  write: [isStream, slowIsForTcp],
  stall: [isStream, slowIsForTcp],
  telemetry: [
    hasConnections,
    "telemetry reads what the kernel knows of TCP connections, and nothing of UDP; leave it out",
  ],
  expectClose: [hasConnections, "expectClose is for TCP; UDP has no connection to close"],
  socket: [isDatagram, "socket is for UDP"],
};

/** Which workloads a field is for; null: all. */
export function useOf(field: string): {
  readonly patterns: readonly PatternName[] | null;
  readonly protocol: Protocol | null;
} {
  const [takes] = protocolsWith[field as Field] ?? [];
  return {
    patterns: patternsWith(field),
    protocol: protocolNames.find((name) => takes?.(protocols[name])) ?? null,
  };
}

/** Fields about messages. */
const messageFields: readonly Field[] = [
  "message",
  "messages",
  "steps",
  "framing",
  "expect",
  "id",
  "wireTime",
];

/** As `isSilent`, of a workload without its defaults. */
export function sendsNothing(input: WorkloadInput): boolean {
  return isSilent({
    pattern: input.pattern,
    verify: input.verify === true,
    keepAliveNs: input.keepAlive ?? null,
    exchangesPerConnection: input.exchangesPerConnection ?? 1,
  });
}

/** Reports each field that the workload's pattern or protocol cannot use, at its key. */
export function refuseFields(
  input: WorkloadInput,
  protocol: Protocol | null,
  path: Path,
  diagnostics: Diagnostics,
): void {
  const { pattern } = input;
  const silent = sendsNothing(input);
  for (const field of Object.keys(input) as Field[]) {
    const takers = patternsWith(field);
    const [takes, reason] = protocolsWith[field] ?? [null, ""];
    if (takers?.includes(pattern) === false) {
      const message = `${field} has no meaning for ${pattern}; it is for ${takers.join(", ")}`;
      diagnostics.key([...path, field], message);
    } else if (takes !== null && protocol !== null && !takes(protocols[protocol])) {
      diagnostics.key([...path, field], reason);
    } else if (isForAsides(field, input)) {
      if (input.unsolicited !== undefined || !patterns[pattern].oneWay) continue;
      const message = `framing has no meaning for ${pattern} without unsolicited: nothing that the target sends is read`;
      diagnostics.key([...path, field], message);
    } else if (silent && messageFields.includes(field)) {
      const remedy = remedyOf(field, pattern);
      diagnostics.key([...path, field], `${field}: this ${pattern} sends no messages; ${remedy}`);
    }
  }
}

/** What to do about a field that has no meaning where nothing is sent. */
function remedyOf(field: Field, pattern: PatternName): string {
  const { opensUpFront, subscribes } = patterns[pattern];
  if (subscribes && field === "framing") {
    return "what is published is found in any framing; leave framing out, or give unsolicited";
  }
  if (subscribes) return `it only receives what others publish; leave ${field} out`;
  return opensUpFront ? "add verify: true or keepAlive" : "exchangesPerConnection is 0";
}

/** Where a message of the target ends is also to be known where nothing is sent. */
function isForAsides(field: Field, { pattern, unsolicited }: WorkloadInput): boolean {
  return field === "framing" && (unsolicited !== undefined || patterns[pattern].oneWay);
}

function isStream({ isDatagram }: ProtocolFacts): boolean {
  return !isDatagram;
}

function isDatagram(facts: ProtocolFacts): boolean {
  return facts.isDatagram;
}

function hasConnections(facts: ProtocolFacts): boolean {
  return facts.hasConnections;
}
