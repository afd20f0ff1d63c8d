import { z } from "zod";
import { connectionProtocols } from "../../address/protocol.ts";
import { map, positiveDuration } from "./values.ts";

/** What is read of a workload's connections beside its exchanges. */
export const telemetrySchema = z.union(
  [
    z.enum(connectionProtocols),
    map("a workload's telemetry", {
      tcp: z
        .union(
          [
            z.literal(true),
            map("what is read of TCP", {
              every: positiveDuration.optional().meta({
                description: "Interval between two looks at the connections; 100ms at least.",
                byDefault: "1s",
              }),
            }),
          ],
          { error: "expected true or { every }, such as { every: 500ms }" },
        )
        .describe("The kernel's figures of the connections: true, or how often they are read."),
    }),
  ],
  { error: "expected tcp, or { tcp: { every: 500ms } }" },
);

export type TelemetryInput = z.output<typeof telemetrySchema>;
