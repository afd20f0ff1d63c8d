/**
 * `npm run soak`: one long run of slash8 with workloads of several kinds, and what its processes take of memory meanwhile,
 * minute by minute. Says whether they are flat once the run has settled.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, type } from "node:os";
import { basename, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { start } from "./processes.js";
import { byMinute, flatBytes, judgeMemory, settledMinutes } from "./soak/memory.js";
import { soakScenario } from "./soak/scenario.js";
import { running, stealTime, tree, usageOf } from "./usage.js";

const usage = `Usage: npm run soak -- [options]

  --minutes N     length of the run (default 30)
  --rate N        messages per second, of all workloads together (default 2000)
  --io KIND       auto, node or uring (default auto)
  --out DIR       where soak-<date>.json goes (default results/bench)
`;
const root = fileURLToPath(new URL("../..", import.meta.url));
const program = join(root, "dist/cli/main.js");
const probe = new URL("./soak/memory-probe.js", import.meta.url).href;
const sampleEveryMs = 2000;

/** @type {Record<string, string>} */
const names = {
  "cli/main": "coordinator",
  "agent/main": "agent",
  "dist/worker": "worker",
  "process/main": "server",
};

const args = process.argv.slice(2);
const options = readOptions();
if (process.platform !== "linux") refuse("the soak needs Linux: memory comes from /proc");
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => process.exit(130));
}
const report = await soak();
const folder = options.out ?? join(root, "results", "bench");
mkdirSync(folder, { recursive: true });
const path = join(folder, `soak-${report.date.slice(0, 10)}.json`);
writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
process.stdout.write(`${renderVerdicts(report.series)}\n${relative(process.cwd(), path)}\n`);

function readOptions() {
  try {
    const { values } = parseArgs({
      args,
      options: {
        minutes: { type: "string", default: "30" },
        rate: { type: "string", default: "2000" },
        io: { type: "string", default: "auto" },
        out: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    for (const name of /** @type {const} */ (["minutes", "rate"])) {
      const isNumber = /^\d{1,5}$/.test(values[name]) && Number(values[name]) > 0;
      if (!isNumber) refuse(`--${name} ${values[name]}: give a whole number above 0`);
    }
    if (!["auto", "node", "uring"].includes(values.io)) {
      refuse(`--io ${values.io}: give auto, node or uring`);
    }
    return { ...values, minutes: Number(values.minutes), rate: Number(values.rate) };
  } catch (error) {
    return refuse(/** @type {Error} */ (error).message);
  }
}

/**
 * @param {string} message
 * @returns {never}
 */
function refuse(message) {
  process.stderr.write(`${message}\n\n${usage}`);
  process.exit(2);
}

async function soak() {
  const { minutes, rate, io } = options;
  const scratch = mkdtempSync(join(tmpdir(), "slash8-soak-"));
  const probes = join(scratch, "probes");
  mkdirSync(probes);
  try {
    const file = join(scratch, "soak.yaml");
    // JSON is valid YAML.
    writeFileSync(file, JSON.stringify(soakScenario(minutes, rate)));
    process.env.SLASH8_SOAK_FOLDER = probes;
    process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --import=${probe}`.trim();
    const result = join(scratch, "soak.json");
    const choices = ["--io", io, "--out", result, "--quiet", "--snapshot-every", "5m"];
    const [before, loadAtStart] = [stealTime(), loadavg()[0]];
    const run = start([process.execPath, program, "load", file, ...choices], undefined);
    const beganMs = Date.now();
    const rss = await watch(run, beganMs, probes);
    const endMs = Date.now() - beganMs;
    const { status, stderr } = await run.ended;
    // 0: passed; 4: a busy machine, of which memory does not depend; 99: a gate failed.
    if (status !== 0 && status !== 4 && status !== 99) {
      throw new Error(`slash8 load: status ${status}\n${stderr}`);
    }
    const text = readFileSync(result, "utf8");
    const { run: ran, workloads } = JSON.parse(text);
    const after = stealTime();
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const exchanges = Object.values(workloads).map(({ exchanges: { sent } }) => sent);
    return {
      benchmark: "soak",
      slash8: version,
      date: new Date().toISOString(),
      command: ["npm run soak", ...(args.length > 0 ? ["--", ...args] : [])].join(" "),
      host: {
        os: `${type()} ${release()}`,
        cpuModel: cpus()[0]?.model,
        cpus: cpus().length,
        node: process.version,
        loadAtStart,
        stolenRatio: (after.stolen - before.stolen) / (after.all - before.all),
      },
      options: { minutes, rate, io },
      run: {
        outcome: ran.outcome,
        io: ran.io,
        workers: ran.workers,
        sent: exchanges.reduce((sum, sent) => sum + sent, 0),
        resultBytes: Buffer.byteLength(text),
      },
      series: [...rss, ...heapSeries(probes, beganMs)].map(({ name, points }) => {
        const perMinute = byMinute(points, endMs);
        return { name, ...judgeMemory(perMinute), minutes: perMinute };
      }),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Samples the resident memory of the run's processes until it ends, and prints each minute.
 *
 * @param {import("./processes.js").Started} run
 * @param {number} beganMs
 * @param {string} probes
 */
async function watch(run, beganMs, probes) {
  /** @type {Map<string, { atMs: number, bytes: number }[]>} */
  const series = new Map();
  let ended = false;
  const end = () => {
    ended = true;
  };
  run.ended.then(end, end);
  for (let minute = 1; !ended; await sleep(sampleEveryMs)) {
    const atMs = Date.now() - beganMs;
    const pids = tree(run.pid);
    const groups = {
      coordinator: [run.pid],
      agent: running(pids, "agent/main"),
      servers: running(pids, "servers/process/main"),
    };
    for (const [name, members] of Object.entries(groups)) {
      const { rssBytes } = usageOf(members);
      if (rssBytes === 0) continue;
      const points = series.get(`${name} RSS`) ?? [];
      points.push({ atMs, bytes: rssBytes });
      series.set(`${name} RSS`, points);
    }
    if (atMs < minute * 60_000) continue;
    const all = [
      ...[...series].map(([name, points]) => ({ name, points })),
      ...heapSeries(probes, beganMs),
    ];
    const texts = all.flatMap(({ name, points }) => {
      const last = byMinute(points, atMs).at(-1);
      return last === undefined ? [] : [`${name} ${mib(last.bytes)}`];
    });
    process.stderr.write(`minute ${minute}: ${texts.join(", ")} MiB\n`);
    minute++;
  }
  return [...series].map(([name, points]) => ({ name, points }));
}

/**
 * What the processes and threads reported of themselves: what is on their heaps, and outside of them.
 *
 * @param {string} probes
 * @param {number} beganMs
 */
function heapSeries(probes, beganMs) {
  /** @type {Map<string, { atMs: number, bytes: number }[]>} */
  const series = new Map();
  for (const file of readdirSync(probes).sort()) {
    const lines = readFileSync(join(probes, file), "utf8").trim().split("\n");
    const samples = lines.map((line) => JSON.parse(line));
    const name = names[samples[0].entry];
    if (name === undefined || name === "server") continue;
    const label = name === "worker" ? `worker ${basename(file, ".jsonl").split("-")[1]}` : name;
    for (const [what, value] of /** @type {const} */ ([
      ["heap", "heapUsed"],
      ["external", "external"],
    ])) {
      const points = samples.map((sample) => ({
        atMs: sample.atMs - beganMs,
        bytes: sample[value],
      }));
      series.set(`${label} ${what}`, points);
    }
  }
  return [...series].map(([name, points]) => ({ name, points }));
}

/** @param {Awaited<ReturnType<typeof soak>>["series"]} series */
function renderVerdicts(series) {
  const lines = series.map(({ name, growthBytes, slopeBytesPerHour, isFlat }) => {
    if (growthBytes === null || slopeBytesPerHour === null) {
      return `${name}: the run was too short, it has fewer than 3 minutes after minute ${settledMinutes}`;
    }
    const verdict = isFlat ? "flat" : "grows";
    return `${name}: ${verdict}: ${mib(growthBytes)} MiB more at the end, ${mib(slopeBytesPerHour)} MiB/h`;
  });
  return `From minute ${settledMinutes} on, medians of minutes; flat is at most ${flatBytes / 1e6} MB more in the last third than in the first:\n${lines.join("\n")}`;
}

/** @param {number} bytes */
function mib(bytes) {
  return (bytes / 2 ** 20).toFixed(1);
}
