import { z } from "zod";
import { ioChoices } from "../../base/io-kind.ts";
import { mostRepeats } from "../scenario.ts";
import { captureSchema } from "./capture.ts";
import { serverSchema } from "./server.ts";
import { count, line, map, oneOrMany } from "./values.ts";
import { workloadSchema } from "./workload.ts";

/** Names of servers and workloads: they stand in gates, in `--set` paths and in the result. */
const namePattern = /^[a-zA-Z][a-zA-Z0-9_-]*$/;

/**
 * A scenario file's shape. What it cannot say, such as which fields go together, is checked in
 * normalise.ts.
 */
export const scenarioSchema = map("a scenario", {
  version: z.literal(1).describe("Version of the scenario format: 1."),
  name: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$/)
    .describe(
      "Name of the scenario: letters, digits, '.', '_' and '-'. Result files are named after it.",
    ),
  description: z.string().optional().describe("What question the scenario answers, for people."),
  seed: count(0, 4_294_967_295)
    .optional()
    .describe("Seed of everything that is random: Poisson arrivals, loss. Default: 1."),
  workers: count(1, 1024).optional().describe("Worker threads in all. Default: by the machine."),
  io: z
    .enum(ioChoices)
    .optional()
    .describe("How sockets are driven: Node's net and dgram, or io_uring. Default: auto."),
  repeat: count(1, mostRepeats)
    .optional()
    .describe(
      `How often load runs the scenario, one run after the other with fresh servers, 1 to ${mostRepeats}; each run has a ` +
        "result, and a summary says how far they differ. Default: 1.",
    ),
  baseline: oneOrMany(line, "a path, or a list of paths")
    .optional()
    .describe(
      'Earlier results, relative to this file, that "baseline" in gates stands for: the median over them. ' +
        "load --baseline names others.",
    ),
  include: oneOrMany(line, "a path, or a list of paths")
    .optional()
    .describe("Files, relative to this one, whose keys this file's keys are laid over."),
  servers: z
    .record(z.string().regex(namePattern), serverSchema)
    .optional()
    .describe("The servers under test, by name."),
  workloads: z
    .record(z.string().regex(namePattern), workloadSchema)
    .describe("Who sends what, by name."),
  capture: captureSchema
    .optional()
    .describe(
      "Capture packets while the run lasts, with dumpcap or tcpdump, and keep those of some clients.",
    ),
  gates: z
    .array(line)
    .max(1000)
    .optional()
    .describe(
      'Conditions that must hold, such as "chatter.responseTime.p99 < 5ms", or "chatter.responseTime.p99 <= baseline * 1.25".',
    ),
});
