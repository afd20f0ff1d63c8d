/**
 * `npm run bench`: what an exchange costs the client on the portable path, beside a plain `net`
 * loop and autocannon, against the same servers, in interleaved rounds of one run.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, type } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { comparisons } from "./contenders.js";
import { readOptions } from "./options.js";
import { choosePinning } from "./pinning.js";
import { runRounds } from "./rounds.js";
import { renderTable } from "./table.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

const { out, ...options } = readOptions(process.argv.slice(2), join(root, "results", "bench"));
// An exit ends the servers and clients; a signal alone would not.
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => process.exit(130));
}
const pinning = choosePinning();
const rows = await runRounds(comparisons, options, pinning, (text) => {
  process.stderr.write(`${text}\n`);
});
const date = new Date().toISOString();
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const report = {
  benchmark: "portable",
  slash8: version,
  date,
  command: `npm run bench -- ${process.argv.slice(2).join(" ")}`.replace(/ -- $/, ""),
  host: {
    os: `${type()} ${release()}`,
    cpuModel: cpus()[0]?.model,
    cpus: cpus().length,
    node: process.version,
  },
  pinning,
  options,
  rows,
};
mkdirSync(out, { recursive: true });
const file = join(out, `portable-${date.slice(0, 10)}.json`);
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
process.stdout.write(`${renderTable(rows)}\n${relative(process.cwd(), file)}\n`);
