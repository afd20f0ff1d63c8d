import {
  captureFilter,
  clientCaptureFilter,
  clientDisplayFilter,
  displayFilter,
} from "../../address/filters.ts";
import { emptyFlow, type Flow, formatEndpoint } from "../../address/flow.ts";
import { createFlowSpace } from "../../address/flow-space.ts";
import type { Protocol } from "../../address/protocol.ts";
import { parseRanges } from "../../address/ranges.ts";
import { exchangeResult } from "../anatomy-result.ts";
import type { ClientResult, WorkloadResult } from "../result.ts";
import type { WorkloadData } from "./input.ts";
import { connectionsOf } from "./tcp-result.ts";

/** The two ends of a client's packets. */
export interface ClientEnd {
  readonly protocol: Protocol;
  readonly address: string;
  /** Null where it changes. */
  readonly port: number | null;
}

/** The clients that stood out, by address and port, with filters that match their packets. */
export function clientsResult(data: WorkloadData): WorkloadResult["clients"] {
  const { slowest, failing } = data.accumulator.total;
  const flowOf = flows(data);
  const tcpOf = connectionsOf(data.tcp, data.plan.space);
  const name = (client: number) => clientResult(client, flowOf(client), data);
  return {
    slowest: slowest.map(({ client, worstNs, times }) => ({
      ...name(client),
      worstResponseTime: worstNs,
      exchange: exchangeResult(times, data.accumulator.startNs),
      tcp: tcpOf(client),
    })),
    failing: failing.map(({ client, failures, code }) => ({ ...name(client), failures, code })),
  };
}

/** The first of them, the worst first, both as the result's `clients` and as their packets' ends. */
export function standingOut(
  data: WorkloadData,
  which: "slowest" | "failing",
  count: number,
): readonly { readonly source: string; readonly end: ClientEnd }[] {
  const flowOf = flows(data);
  return data.accumulator.total[which].slice(0, count).map(({ client }) => {
    const end = endOf(flowOf(client), data);
    return { source: sourceText(end), end };
  });
}

function clientResult(client: number, flow: Flow, data: WorkloadData): ClientResult {
  const { endpoints } = data.plan;
  const end = endOf(flow, data);
  const { protocol, address, port } = end;
  const own = parseRanges([address]);
  return {
    client,
    source: sourceText(end),
    destination: formatEndpoint({ address: flow.destinationAddress, port: flow.destinationPort }),
    displayFilter:
      port === null ? displayFilter(own, null) : clientDisplayFilter(flow, protocol, endpoints),
    captureFilter:
      port === null ? captureFilter(own, null) : clientCaptureFilter(flow, protocol, endpoints),
  };
}

/** The source of one client, as in `clients`. */
export function sourceOf(client: number, data: WorkloadData): string {
  return sourceText(endOf(flows(data)(client), data));
}

/** A rotating socket only keeps its address. */
function endOf({ sourceAddress, sourcePort }: Flow, { workload }: WorkloadData): ClientEnd {
  const port = workload.socket === "rotating" ? null : sourcePort;
  return { protocol: workload.protocol, address: sourceAddress, port };
}

function sourceText({ address, port }: ClientEnd): string {
  return port === null ? address : formatEndpoint({ address, port });
}

/** The flows of a workload by number; each call overwrites what the previous one returned. */
function flows({ plan }: WorkloadData): (client: number) => Flow {
  const space = createFlowSpace(plan.space);
  const flow = emptyFlow();
  return (client) => {
    space.at(client, flow);
    return flow;
  };
}
