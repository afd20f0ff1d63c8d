import type { z } from "zod";
import { line, map, oneOrMany, positiveDuration, size } from "./values.ts";

const commandAtGate = map("a command at a gate", {
  gate: line.describe(
    'The gate, such as "chat.responseTime.p99 < 50ms", which need not be one of the gates of the run. It is judged in each ' +
      "window of its `over`, of 1s where it has none.",
  ),
  run: line.describe(
    "The command, for the shell, in the folder of this file. {{server.pid}} is the process of the server that the gate's " +
      "workload sends to, {{servers.NAME.pid}} that of another one; of several processes all, with commas between them.",
  ),
  timeout: positiveDuration.optional().meta({
    description: "The command is ended after this time.",
    byDefault: "30s",
  }),
  maxOutput: size(1024, 2 ** 30)
    .optional()
    .meta({ description: "The command is ended when it has written so much.", byDefault: "1MiB" }),
  file: line.optional().meta({
    description: "File that its output is written to, relative to the working directory.",
    byDefault: "beside the result: results/<name>-<UTC time>.at-<number>.txt",
  }),
});

/** Commands that are run when a gate breaks. */
export const atSchema = oneOrMany(
  commandAtGate,
  'a map such as { gate: "chat.responseTime.p99 < 50ms", run: "perf record ..." }, or a list of those',
);

/** One of them, to be checked by itself. */
export const oneAtSchema: z.ZodType<z.output<typeof commandAtGate>> = commandAtGate;
