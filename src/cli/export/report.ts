/** `slash8 report`: writes results as one page. */
import { exitStatus, UserError } from "../../base/errors.ts";
import type { Command } from "../arguments/command.ts";
import { text } from "../arguments/options.ts";

export const reportCommand: Command = {
  name: "report",
  positional: {
    name: "result",
    describe:
      "results written by load; several share the same charts, and a series' summary stands for its runs",
    missing: "which result? name a file under results/",
    several: true,
  },
  describe: "write results as one self-contained HTML page",
  options: {
    out: text("out", "the page's file (default: next to the first result, as NAME.html)"),
  },
  examples: [
    ["$0 report results/chat.json", "writes results/chat.html"],
    ["$0 report before.json after.json --out both.html", "two runs in the same charts"],
  ],
  async run(args) {
    const [{ readResults }, { reading }, { writeReport }, { printResult }] = await Promise.all([
      import("../../results/files/read-all.ts"),
      import("../../results/files/read.ts"),
      import("./write-report.ts"),
      import("../terminal/output.ts"),
    ]);
    const paths = (args.result as readonly unknown[]).map(String);
    if (paths.includes("")) throw new UserError("a result's name is empty");
    const out = args.out === undefined ? null : String(args.out);
    const page = reading(paths, () => {
      const named = readResults(paths);
      return writeReport(
        named.map(({ path }) => path),
        named.map(({ result }) => result),
        out,
      );
    });
    await printResult(page);
    return exitStatus.pass;
  },
};
