/** `slash8 doctor`: shows what this machine can hold, and how to raise it. */
import { exitStatus } from "../base/errors.ts";
import { formatCount, formatSize } from "../base/units.ts";
import { backends, fastIo } from "../io/backends.ts";
import { tryAddresses } from "../machine/loopback-trial.ts";
import { readHost, readMachine } from "../machine/machine.ts";
import { tryFanOut } from "../preflight/checks/broadcast-trial.ts";
import { type Diagnosis, examine } from "../preflight/doctor.ts";
import { renderResults } from "../preflight/render-results.ts";
import { telemetryObstacle } from "../telemetry/obstacle.ts";
import type { Command } from "./arguments/command.ts";
import { flag } from "./arguments/options.ts";
import { createColors, wantsColor } from "./terminal/colors.ts";
import { printResult } from "./terminal/output.ts";

export const doctorCommand: Command = {
  name: "doctor",
  positional: null,
  describe: "show what this machine can hold, and how to raise it",
  options: { json: flag("print the diagnosis as JSON") },
  examples: [
    ["$0 doctor", "limits of this machine, the lowest first"],
    ["$0 doctor --json | jq .maxConnections", "one figure of it"],
  ],
  async run(args) {
    const [host, machine, trials, obstacle, fanOut, telemetry] = await Promise.all([
      readHost(),
      readMachine(),
      tryAddresses(),
      backends[fastIo].obstacle(),
      tryFanOut(),
      telemetryObstacle(),
    ]);
    const diagnosis = examine(machine, host, trials, obstacle, fanOut, telemetry);
    const color = wantsColor(process.env, process.stdout.isTTY);
    await printResult(
      args.json === true ? JSON.stringify(diagnosis, null, 2) : renderDiagnosis(diagnosis, color),
    );
    return exitStatus.pass;
  },
};

/** Renders the diagnosis as text: the machine, the one figure, then every result with its remedy. Pure. */
function renderDiagnosis(diagnosis: Diagnosis, color: boolean): string {
  const { host, maxConnections, limitedBy, results } = diagnosis;
  const colors = createColors(color);
  return [
    `${host.os} ${host.kernel} ${host.arch}, ${host.cpuModel}, ${formatCount(host.cpus)} CPUs, ` +
      `${formatSize(host.memoryBytes)}, Node ${host.node}`,
    "",
    `${colors.bold(formatCount(maxConnections))} TCP connections with both ends here, limited by ${limitedBy}`,
    "",
    renderResults(results, color),
  ].join("\n");
}
