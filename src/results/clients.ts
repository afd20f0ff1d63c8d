import { clientCaptureFilter, clientDisplayFilter } from "../address/filters.ts";
import { type Flow, formatEndpoint } from "../address/flow.ts";
import { createFlowSpace } from "../address/flow-space.ts";
import type { WorkloadData } from "./input.ts";
import type { ClientResult, WorkloadResult } from "./result.ts";

/** The clients that stood out, by address and port, with what finds their packets. */
export function clientsResult(data: WorkloadData): WorkloadResult["clients"] {
  const { slowest, failing } = data.accumulator.total;
  const name = clientNamer(data);
  return {
    slowest: slowest.map(({ client, worstNs }) => ({
      ...name(client),
      worstResponseTime: worstNs,
    })),
    failing: failing.map(({ client, failures, code }) => ({ ...name(client), failures, code })),
  };
}

function clientNamer({ plan, workload }: WorkloadData): (client: number) => ClientResult {
  const space = createFlowSpace(plan.space);
  const flow: Flow = {
    sourceAddress: "",
    sourcePort: 0,
    destinationAddress: "",
    destinationPort: 0,
  };
  return (client) => {
    space.at(client, flow);
    const destination = { address: flow.destinationAddress, port: flow.destinationPort };
    return {
      client,
      source: formatEndpoint({ address: flow.sourceAddress, port: flow.sourcePort }),
      destination: formatEndpoint(destination),
      displayFilter: clientDisplayFilter(flow, workload.protocol, plan.endpoints),
      captureFilter: clientCaptureFilter(flow, workload.protocol, plan.endpoints),
    };
  };
}
