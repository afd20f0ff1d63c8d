import { z } from "zod";
import { ioChoices } from "../../base/io-kind.ts";
import { mostRepeats } from "../scenario.ts";
import { atSchema } from "./at.ts";
import { captureSchema } from "./capture.ts";
import { dataSchema } from "./data.ts";
import { hostsSchema } from "./hosts.ts";
import { serverSchema } from "./server.ts";
import { count, duration, line, map, namePattern, oneOrMany } from "./values.ts";
import { workloadSchema } from "./workload.ts";

/** A gate with more than its expression. */
const gateMap = map("a gate", {
  gate: line.describe('The gate, such as "chatter.errors == 0".'),
  abort: z
    .union(
      [
        z.boolean(),
        map("abort", {
          after: duration.describe(
            "Length of steady state that must have been measured before the gate may end the run. With abort: true " +
              "0 for what only grows or falls, as errors and max do, and for windows; 10s for percentiles, rates and ratios.",
          ),
        }),
      ],
      { error: "expected true, false or a map such as { after: 10s }" },
    )
    .optional()
    .meta({
      description:
        "Whether the run ends as soon as the gate cannot hold any more: what only grows has passed its limit, a " +
        "window has failed, or, for percentiles, rates and ratios, what was measured so far does not hold.",
      byDefault: "false; the gate is judged at the end of the run",
    }),
});

/** A gate's expression, alone or with more. */
export const gateSchema = z.union([line, gateMap], {
  error: 'expected a text, or a map such as { gate: "chat.errors == 0", abort: true }',
});

/**
 * A scenario file's shape. What it cannot express, such as which fields can be combined, is checked in
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
  description: z.string().optional().meta({
    description: "The question that the scenario answers, for people.",
    byDefault: "none",
  }),
  seed: count(0, 4_294_967_295).optional().meta({
    description: "Seed of everything random, such as Poisson arrivals and loss.",
    byDefault: "1",
  }),
  workers: count(1, 1024)
    .optional()
    .meta({ description: "Worker threads in total.", byDefault: "half of the CPUs, at least 1" }),
  io: z
    .enum(ioChoices)
    .optional()
    .meta({
      description:
        "How sockets are driven: node (Node's net and dgram), uring (Linux' io_uring), or auto, which uses " +
        "uring where it can be used.",
      byDefault: "auto",
    }),
  repeat: count(1, mostRepeats)
    .optional()
    .meta({
      description:
        "How many times load runs the scenario, one run after the other with fresh servers, 1 to " +
        `${mostRepeats}. Each run has a result, and a summary shows how much they differ.`,
      byDefault: "1",
    }),
  baseline: oneOrMany(line, "a path, or a list of paths")
    .optional()
    .meta({
      description:
        'Earlier results, relative to this file, that "baseline" in gates refers to: the median over them. ' +
        "load --baseline names others.",
      byDefault: "none",
    }),
  include: oneOrMany(line, "a path, or a list of paths").optional().meta({
    description:
      "Scenario files, relative to this one, that this file builds on: its own keys override theirs.",
    byDefault: "none",
  }),
  data: z
    .record(z.string().regex(namePattern), dataSchema)
    .optional()
    .meta({
      description:
        "Files with rows that messages take values from, by name: {{users.email}} is a cell of data `users`. See " +
        "docs/messages.md.",
      byDefault: "none",
    }),
  servers: z.record(z.string().regex(namePattern), serverSchema).optional().meta({
    description: "The servers under test, by name.",
    byDefault: "none; targets are given as URLs",
  }),
  hosts: hostsSchema.optional().meta({
    description:
      "The hosts whose agents run the clients of load --nats, by the names that the agents were started with: " +
      "{ a: {}, b: {} }. See docs/distributed.md.",
    byDefault: "every agent that is there; without --nats the clients are on this machine",
  }),
  workloads: z
    .record(z.string().regex(namePattern), workloadSchema)
    .describe("What is sent, from where and to where, by name."),
  capture: captureSchema.optional().meta({
    description:
      "Captures packets during the run, with dumpcap or tcpdump, and keeps those of some clients.",
    byDefault: "no capture",
  }),
  gates: z
    .array(gateSchema)
    .max(1000)
    .optional()
    .meta({
      description:
        'Conditions that the run must meet, such as "chatter.responseTime.p99 < 5ms", or ' +
        '"chatter.responseTime.p99 <= baseline * 1.25"; or a map with the condition and more.',
      byDefault: "none",
    }),
  at: atSchema.optional().meta({
    description:
      "Commands, each run once, when a gate breaks in a window during the run: a profile of the server at that moment, " +
      'for example. { gate: "chat.responseTime.p99 < 50ms", run: "perf record -g -p {{server.pid}} -- sleep 5" }. See ' +
      "docs/gates.md.",
    byDefault: "none",
  }),
});
