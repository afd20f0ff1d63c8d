import { hintFor } from "../../base/suggestion.ts";
import { mostClients } from "../../metrics/clients.ts";
import type { Capture } from "../scenario.ts";
import type { CaptureInput } from "../schema/capture.ts";
import type { Path } from "../source/tree.ts";
import { itemsOf, type NormaliseContext } from "./context.ts";

const path: Path = ["capture"];

/**
 * A capture with its defaults; problems are reported.
 *
 * @param name      of the scenario
 * @param workloads names of all of them, well-formed or not
 */
export function normaliseCapture(
  input: CaptureInput,
  name: string,
  workloads: readonly string[],
  context: NormaliseContext,
): Capture {
  const { diagnostics } = context;
  const requested = itemsOf(input.workloads ?? workloads, [...path, "workloads"]);
  for (const [workload, at] of requested) {
    if (workloads.includes(workload)) continue;
    diagnostics.value(at, `no workload "${workload}"${hintFor(workload, workloads)}`);
  }
  const file = input.file ?? `results/${name}.pcap`;
  if (!file.endsWith(".pcap")) {
    diagnostics.value([...path, "file"], `"${file}": a capture's file ends in .pcap`);
  }
  return {
    workloads: [...new Set(requested.map(([workload]) => workload))],
    file,
    clients: clientsOf(input.clients, context),
    program: input.program ?? "auto",
    snapLengthBytes: input.snapLength ?? 262_144,
    maxSizeBytes: input.maxSize ?? 2 ** 30,
  };
}

function clientsOf(
  text: string | undefined,
  { diagnostics }: NormaliseContext,
): Capture["clients"] {
  if (text === undefined || text === "all") return null;
  const match = /^(slowest|failing) +(\d{1,9})$/.exec(text.trim());
  const count = Number(match?.[2]);
  if (match === null || count < 1 || count > mostClients) {
    diagnostics.value(
      [...path, "clients"],
      `"${text}": write all, "slowest 10" or "failing 10", at most ${mostClients}`,
    );
    return null;
  }
  return { which: match[1] as "slowest" | "failing", count };
}
