/** `slash8 export`: writes an existing result in other formats. */
import { exitStatus, UserError } from "../../base/errors.ts";
import type { Command } from "../arguments/command.ts";
import { exportOptions } from "./export-options.ts";

export const exportCommand: Command = {
  name: "export",
  positional: {
    name: "result",
    describe: "a result written by load",
    missing: "which result? name a file under results/",
  },
  describe: "write a result in other formats, next to it",
  options: exportOptions,
  examples: [
    ["$0 export results/chat.json --junit --markdown", "for a CI system"],
    ["$0 export results/chat.json --github-benchmark", "for charts over commits; see docs/ci.md"],
    ["$0 export results/chat.json --hgrm", "for HdrHistogram's plotter"],
  ],
  async run(args) {
    const [{ reading, readResult }, { writeExports }, { printNotice, printResult }] =
      await Promise.all([
        import("../../results/files/read.ts"),
        import("./write-exports.ts"),
        import("../terminal/output.ts"),
      ]);
    const formats = Object.keys(exportOptions);
    if (!formats.some((format) => args[format] === true)) {
      throw new UserError(`which format? give one or more of --${formats.join(", --")}`);
    }
    const path = String(args.result);
    const { written, leftOut, failures } = reading([path], () =>
      writeExports(readResult(path), path, args),
    );
    for (const file of written) await printResult(file);
    for (const line of leftOut) await printNotice(`slash8: ${line}`);
    if (failures.length > 0) throw new UserError(failures.join("\n"), exitStatus.internal);
    if (written.length === 0 && leftOut.length > 0) return exitStatus.invalid;
    if (written.length === 0)
      throw new UserError(`${path} has no workload with response times, so nothing was written`);
    return exitStatus.pass;
  },
};
