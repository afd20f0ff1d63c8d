import { printableBytes } from "../../base/printable.ts";
import type { WorkloadResult } from "../result.ts";
import { sourceOf } from "./clients.ts";
import type { WorkloadData } from "./input.ts";

type Connections = WorkloadResult["connections"];

/** The connections of which one of the steps of `open` failed. */
export function openFailed(
  data: WorkloadData,
): Pick<Connections, "openFailed" | "openFailedBy" | "openFailedExamples"> {
  const { accumulator, workload } = data;
  const { bySteps, examples } = accumulator.total.openFailures;
  // The opening of a protocol counts as one step.
  const protocol = workload.applicationProtocol?.name ?? null;
  const named = (index: number) => ({
    step: index + 1,
    name: workload.open[index]?.name ?? protocol,
  });
  return {
    openFailed: accumulator.count("openFailed"),
    openFailedBy: bySteps.map(({ step, count }) => ({ ...named(step), count })),
    openFailedExamples: examples.map(
      ({ step, code, awaited, client, received, receivedBytes }) => ({
        ...named(step),
        code,
        awaited: awaited ?? null,
        client,
        source: sourceOf(client, data),
        received: printableBytes(received),
        receivedBytes,
      }),
    ),
  };
}

/** Replies that were wrong, the first of each error that is counted; one that turned out to be none of them is left out. */
export function wrongReplies(data: WorkloadData): WorkloadResult["wrongReplies"] {
  const { errors, wrongReplies: found } = data.accumulator.total;
  return found
    .filter(({ code }) => errors.some((error) => error.code === code))
    .map(({ code, client, received, receivedBytes }) => ({
      code,
      client,
      source: sourceOf(client, data),
      received: printableBytes(received),
      receivedBytes,
    }));
}
