import { type Endpoint, formatEndpoint } from "../../address/flow.ts";
import { isMulticast } from "../../address/ip.ts";
import type { Protocol } from "../../address/protocol.ts";
import { UserError } from "../../base/errors.ts";
import { hintFor } from "../../base/suggestion.ts";
import { parseEndpoints } from "../endpoint.ts";
import { addressOf } from "../host-names.ts";
import { factsOf } from "../patterns.ts";
import type { Server } from "../scenario.ts";
import type { Path } from "../source/tree.ts";
import { attempt, familyOfSources, itemsOf, type NormaliseContext } from "./context.ts";

/** Where a workload sends to. `server` is null for a target given by URL. */
export interface ResolvedTarget {
  readonly server: Server | null;
  readonly protocol: Protocol;
  readonly endpoints: readonly Endpoint[];
}

/** What is read of a workload for its target, well-formed or not. */
interface WorkloadParts {
  readonly name: string;
  readonly pattern: unknown;
  readonly sources: unknown;
}

/**
 * Reads `target`: a server's name, or one or more URLs of one protocol.
 *
 * @param servers by name; null for one that is wrong itself
 * @param workload its name and its input, well-formed or not; a pattern with its own receivers may also use a multicast group, which also stays on this host
 * @returns       null where the target is wrong, which is reported, or its server is
 */
export function normaliseTarget(
  input: string | readonly string[],
  servers: ReadonlyMap<string, Server | null>,
  path: Path,
  context: NormaliseContext,
  { name, pattern, sources }: WorkloadParts,
): ResolvedTarget | null {
  const { diagnostics } = context;
  if (typeof input === "string" && servers.has(input)) {
    const server = servers.get(input) ?? null;
    return server === null ? null : { server, protocol: server.protocol, endpoints: [] };
  }
  const bringsReceivers = factsOf(pattern)?.bringsReceivers ?? false;
  const nameReader = addressOf(context, `workload ${name}`, familyOfSources(sources));
  const before = diagnostics.problems.length;
  const seen = new Set<string>();
  let protocol: Protocol | null = null;
  const endpoints = itemsOf(input, path).flatMap(([text, at]) => {
    const read = attempt(diagnostics, at, () => {
      const address = /^udp:\/\/([\d.]+):\d+$/.exec(text)?.[1] ?? "";
      const isGroup = bringsReceivers && isMulticast(address);
      const target = readUrl(text, servers, bringsReceivers, (place) =>
        parseEndpoints(place, context.allowRemote || isGroup, nameReader),
      );
      protocol ??= target.protocol;
      if (target.protocol !== protocol) {
        throw new UserError("the targets of a workload must all be tcp:// or all be udp://");
      }
      for (const endpoint of target.endpoints) {
        const name = formatEndpoint(endpoint);
        if (seen.has(name)) throw new UserError(`${name} is listed twice`);
        seen.add(name);
      }
      return target.endpoints;
    });
    return read ?? [];
  });
  if (diagnostics.problems.length > before || protocol === null) return null;
  return { server: null, protocol, endpoints };
}

function readUrl(
  text: string,
  servers: ReadonlyMap<string, Server | null>,
  bringsReceivers: boolean,
  endpointsOf: (text: string) => readonly Endpoint[],
): { protocol: Protocol; endpoints: readonly Endpoint[] } {
  const match = /^(tcp|udp):\/\/(.*)$/.exec(text);
  if (match === null) {
    if (servers.has(text))
      throw new UserError("a list of targets holds URLs, not names of servers");
    const http = /^https?:\/\/(\[[^\]]*\]|[^/:]*)(:\d+)?/.exec(text);
    if (http !== null) {
      const isTls = text.startsWith("https");
      const url = `tcp://${http[1]}${http[2] ?? (isTls ? ":443" : ":80")}`;
      const fields = isTls ? "framing: http and tls: true" : "framing: http";
      throw new UserError(`write ${url} with ${fields}; the path belongs in the message`);
    }
    if (/[:/]/.test(text)) {
      throw new UserError(`"${text}": write tcp://ADDRESS:PORT or udp://ADDRESS:PORT`);
    }
    throw new UserError(`no server "${text}"${hintFor(text, [...servers.keys()])}`);
  }
  const endpoints = endpointsOf(match[2] ?? "");
  // slash8 starts a broadcast's receivers itself: they may have any port.
  if (!bringsReceivers && endpoints.some(({ port }) => port === 0)) {
    throw new UserError("a target needs a port from 1");
  }
  return { protocol: match[1] as Protocol, endpoints };
}
