import { z } from "zod";
import { line, map, oneOrMany, size } from "./values.ts";

/** The shortest packet that contains its addresses and ports, and the longest possible. */
const [leastSnap, mostSnap] = [96, 262_144];

export const captureSchema = map("a capture", {
  workloads: oneOrMany(line, "a workload's name, or a list of them")
    .optional()
    .meta({ description: "Workloads whose packets are captured.", byDefault: "all" }),
  file: line.optional().meta({
    description: "File that the packets are written to (pcap), relative to the working directory.",
    byDefault: "results/<name>.pcap",
  }),
  clients: line.optional().meta({
    description:
      'Clients whose packets are kept after the run: all, "slowest 10" (of each workload, by response ' +
      'time) or "failing 10" (by errors); 32 at most.',
    byDefault: "all",
  }),
  program: z.enum(["auto", "dumpcap", "tcpdump"]).optional().meta({
    description:
      "Program that captures: dumpcap, tcpdump, or auto, which uses the first of them that is installed.",
    byDefault: "auto",
  }),
  snapLength: size(leastSnap, mostSnap).optional().meta({
    description: "Bytes kept of each packet, from its start.",
    byDefault: "256KiB, which keeps all",
  }),
  maxSize: size(65_536, 1e12)
    .optional()
    .meta({ description: "The capture ends when the file has this size.", byDefault: "1GiB" }),
});

export type CaptureInput = z.output<typeof captureSchema>;
