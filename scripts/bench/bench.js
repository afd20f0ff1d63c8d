/**
 * `npm run bench`: compares slash8 with other tools and with C, work by work, in interleaved rounds of one
 * run, and checks the bars that it must reach.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, type } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { readOptions } from "./options.js";
import { choosePinning } from "./pinning.js";
import { runWork } from "./rounds.js";
import { betweenMarks, renderMarkdown, renderSummary, renderText } from "./table.js";
import { stealTime } from "./usage.js";
import { onlyOnRequest, realServers, works } from "./works/works.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Load average above which the figures are not reliable. */
const busy = 0.3;

const args = process.argv.slice(2);
const names = works.map(({ name }) => name);
const { out, name, publish, from, ...options } = readOptions(args, names, onlyOnRequest);
if (process.platform !== "linux") {
  process.stderr.write(
    "the bench needs Linux: its references use epoll, and CPU times come from /proc\n",
  );
  process.exit(2);
}
// On exit servers and clients are ended; a signal alone would not end them.
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => process.exit(130));
}
const file = from ?? (await measure());
const report = JSON.parse(readFileSync(file, "utf8"));
if (publish) {
  const { loadAtStart } = report.host;
  // Files of before 2026-11-30 call it a share.
  const stolenRatio = report.host.stolenRatio ?? report.host.stolenShare ?? 0;
  const notIdle = loadAtStart > busy ? ", on a machine that was not idle" : "";
  const stolen = `; the hypervisor took ${(100 * stolenRatio).toFixed(1)} % of the CPUs' time meanwhile`;
  const note = `From \`${relative(root, file)}\` (\`${report.command}\`); medians of ${report.options.rounds} interleaved rounds${notIdle}${stolen}.`;
  const path = join(root, "docs/benchmarks.md");
  // The other table stays, where nothing of it was measured.
  for (const [marks, isServers] of /** @type {const} */ ([
    ["bench", false],
    ["bench servers", true],
  ])) {
    const measured = report.works.filter(
      (/** @type {{ work: string }} */ { work }) => realServers.includes(work) === isServers,
    );
    if (measured.length === 0) continue;
    const text = `${note}\n\n${renderSummary(measured)}\n\n${renderMarkdown(measured)}`;
    writeFileSync(path, betweenMarks(readFileSync(path, "utf8"), marks, text));
  }
}
process.stdout.write(`${renderText(report.works)}\n\n${relative(process.cwd(), file)}\n`);

/** @returns {Promise<string>} the file that holds what was measured */
async function measure() {
  const pinning = choosePinning();
  // CPU time taken by other programs affects every figure, and not all alike.
  const [loadAtStart = 0] = loadavg();
  if (loadAtStart > busy) {
    process.stderr.write(
      `load average ${loadAtStart.toFixed(2)}: this machine is not idle, so figures will be noisy; end other programs\n`,
    );
  }
  const before = stealTime();
  const measured = [];
  for (const work of works.filter((one) => options.works.includes(one.name))) {
    const report = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
    measured.push(await runWork(work, options, pinning, report));
  }
  const after = stealTime();
  const date = new Date().toISOString();
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const report = {
    benchmark: name,
    slash8: version,
    date,
    command: ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" "),
    host: {
      os: `${type()} ${release()}`,
      cpuModel: cpus()[0]?.model,
      cpus: cpus().length,
      node: process.version,
      loadAtStart,
      stolenRatio: (after.stolen - before.stolen) / (after.all - before.all),
    },
    pinning,
    options,
    works: measured,
  };
  const folder = out ?? join(root, "results", "bench");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}-${date.slice(0, 10)}.json`);
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  return path;
}
