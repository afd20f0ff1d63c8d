import { z } from "zod";
import { line, map, oneOrMany, size } from "./values.ts";

/** The shortest packet that has its addresses and ports in it, and the longest that there is. */
const [leastSnap, mostSnap] = [96, 262_144];

export const captureSchema = map("a capture", {
  workloads: oneOrMany(line, "a workload's name, or a list of them")
    .optional()
    .describe("Workloads whose packets are captured. Default: all."),
  file: line
    .optional()
    .describe(
      "Where the packets go (pcap), relative to the working directory. Default: results/<name>.pcap.",
    ),
  clients: line
    .optional()
    .describe(
      'Whose packets are kept once the run is over: all, "slowest 10" (of each workload, by response time) or ' +
        '"failing 10" (by errors), at most 32. Default: all.',
    ),
  program: z
    .enum(["auto", "dumpcap", "tcpdump"])
    .optional()
    .describe(
      "What captures: dumpcap, tcpdump, or the first of them that is installed. Default: auto.",
    ),
  snapLength: size(leastSnap, mostSnap)
    .optional()
    .describe("Bytes kept of each packet, from its beginning. Default: 256KiB, which is all."),
  maxSize: size(65_536, 1e12)
    .optional()
    .describe("The capture ends when it has become as large as that. Default: 1GiB."),
});

export type CaptureInput = z.output<typeof captureSchema>;
