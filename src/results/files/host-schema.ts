import { z } from "zod";
import type { ClientHostResult } from "../host-result.ts";
import { array, count, histogram, known, nothing, number, object, text, word } from "./values.ts";

/** @see usage-result.ts */
export const generator = object({
  cpu: nothing(
    object({
      userSeconds: count,
      systemSeconds: count,
      waitedSeconds: nothing(count),
      overSeconds: count,
    }),
  ),
  workers: nothing(
    array(
      object({
        worker: count,
        busyRatio: count,
        waitedRatio: known,
        gcPauses: count,
        gcSeconds: count,
        gcLongestSeconds: count,
      }),
    ),
  ),
});

/** @see host-result.ts */
export const hostFacts = object({
  os: text,
  kernel: text,
  arch: text,
  cpuModel: text,
  cpus: count,
  memoryBytes: count,
  node: text,
  openFiles: count,
  portRange: z.tuple([count, count]),
});

/** @see host-result.ts */
export const clientHost = object({
  version: text,
  facts: hostFacts,
  io: word<ClientHostResult["io"]>(),
  agents: count,
  workers: array(count),
  connections: count,
  clock: object({ offsetNs: number, errorNs: count, driftPpm: number }),
  startErrorNs: nothing(count),
  lost: nothing(text),
  generator: generator.pick({ cpu: true }),
  workloads: z.record(
    text,
    object({
      connections: object({ planned: count, opened: count, failed: count, openAtEnd: count }),
      exchanges: object({
        offered: count,
        sent: count,
        received: known,
        timedOut: count,
        failed: count,
      }),
      rate: object({ achievedPerSecond: known, receivedPerSecond: known }),
      errors: count,
      responseTime: histogram,
      deliveryLatency: nothing(histogram),
      generatorLag: histogram,
    }),
  ),
}).meta({ id: "ClientHost" });
