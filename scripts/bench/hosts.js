/**
 * `npm run bench:hosts`: what the NATS server and the coordinator of a run over many hosts take of CPU and memory, with
 * simulated hosts that send real snapshots.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, type } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { samplesPerInterval } from "./hosts/plan.js";
import { freePort, start } from "./processes.js";
import { need } from "./programs.js";
import { cpuSeconds, stealTime, usageOf } from "./usage.js";

const usage = `Usage: npm run bench:hosts -- [options]

  --hosts N,...   how many, in turn, each at most 250 (default 10,200)
  --seconds N     measured for so long (default 20)
  --out DIR       where hosts-<date>.json goes (default results/bench)
`;
const root = fileURLToPath(new URL("../..", import.meta.url));
const settleMs = 5_000;
const hostsPerProcess = 50;

const options = readOptions();
if (process.platform !== "linux")
  refuse("the bench needs Linux: CPU time and memory come from /proc");
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => process.exit(130));
}
need("nats-server");
const report = await bench();
const folder = options.out ?? join(root, "results", "bench");
mkdirSync(folder, { recursive: true });
const path = join(folder, `hosts-${report.date.slice(0, 10)}.json`);
writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
process.stdout.write(`${relative(process.cwd(), path)}\n`);

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        hosts: { type: "string", default: "10,200" },
        seconds: { type: "string", default: "20" },
        out: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    const hosts = values.hosts.split(",").map((text) => wholeNumber("hosts", text, 250));
    return { hosts, seconds: wholeNumber("seconds", values.seconds, 3600), out: values.out };
  } catch (error) {
    return refuse(/** @type {Error} */ (error).message);
  }
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} most
 */
function wholeNumber(name, text, most) {
  const isNumber = /^[1-9]\d{0,4}$/.test(text) && Number(text) <= most;
  if (!isNumber) refuse(`--${name} ${text}: give whole numbers from 1 to ${most}`);
  return Number(text);
}

/**
 * @param {string} message
 * @returns {never}
 */
function refuse(message) {
  process.stderr.write(`${message}\n\n${usage}`);
  process.exit(2);
}

async function bench() {
  const [before, loadAtStart] = [stealTime(), loadavg()[0]];
  const rows = [];
  for (const hosts of options.hosts) {
    const row = await measure(hosts);
    rows.push(row);
    process.stdout.write(`${textOf(row)}\n`);
  }
  const after = stealTime();
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return {
    benchmark: "hosts",
    slash8: version,
    date: new Date().toISOString(),
    command: ["npm run bench:hosts --", ...process.argv.slice(2)].join(" "),
    host: {
      os: `${type()} ${release()}`,
      cpuModel: cpus()[0]?.model,
      cpus: cpus().length,
      node: process.version,
      loadAtStart,
      stolenRatio: (after.stolen - before.stolen) / (after.all - before.all),
    },
    options,
    rows,
  };
}

/** @param {number} count */
async function measure(count) {
  const port = await freePort();
  const server = `127.0.0.1:${port}`;
  const broker = start(["nats-server", "-a", "127.0.0.1", "-p", port], undefined);
  await /** @type {Promise<void>} */ (
    new Promise((resolve, reject) => {
      broker.child.stderr.on("data", (text) => {
        if (text.includes("Server is ready")) resolve();
      });
      broker.ended.then(({ stderr }) => reject(new Error(`nats-server: ${stderr}`)), reject);
    })
  );
  const run = randomUUID();
  const simulated = [];
  for (let from = 0; from < count; from += hostsPerProcess) {
    const to = Math.min(count, from + hostsPerProcess);
    simulated.push(startPeer("simulated", [server, run, from, to]));
  }
  const coordinator = startPeer("coordinator", [server, run, count]);
  const { planSeconds, planBytes } = JSON.parse(await coordinator.next());
  for (const { next } of simulated) await next();
  for (const { child } of simulated) child.stdin.write("\n");
  for (const { next } of simulated) await next();
  coordinator.child.stdin.write("\n");
  const { beginSeconds } = JSON.parse(await coordinator.next());
  await sleep(settleMs);
  const look = async () => {
    coordinator.child.stdin.write("\n");
    const answer = JSON.parse(await coordinator.next());
    return { answer, broker: usageOf([broker.pid]), coordinator: usageOf([coordinator.pid]) };
  };
  const first = await look();
  let [brokerBytes, coordinatorBytes] = [0, 0];
  for (let second = 0; second < options.seconds; second++) {
    await sleep(1000);
    brokerBytes = Math.max(brokerBytes, usageOf([broker.pid]).rssBytes);
    coordinatorBytes = Math.max(coordinatorBytes, usageOf([coordinator.pid]).rssBytes);
  }
  const last = await look();
  coordinator.child.stdin.end();
  const { snapshots, received, exits } = JSON.parse(await coordinator.next());
  const sent = await Promise.all(
    simulated.map(async ({ child, next }) => {
      child.stdin.end();
      return JSON.parse(await next()).sent;
    }),
  );
  const allSent = sent.reduce((sum, one) => sum + one, 0);
  await broker.end("SIGTERM");
  const seconds = (last.answer.ns - first.answer.ns) / 1e9;
  /** @param {"snapshots" | "inBytes" | "inMsgs"} name */
  const perSecond = (name) => (last.answer[name] - first.answer[name]) / seconds;
  /** @param {"broker" | "coordinator"} who */
  const cpuPerSecond = (who) => (cpuSeconds(last[who]) - cpuSeconds(first[who])) / seconds;
  return {
    hosts: count,
    planSeconds,
    planBytes,
    beginSeconds,
    seconds,
    snapshotsPerSecond: perSecond("snapshots"),
    messagesPerSecond: perSecond("inMsgs"),
    bytesPerSecond: perSecond("inBytes"),
    bytesPerSnapshot: perSecond("inBytes") / perSecond("snapshots"),
    sent: allSent,
    received: snapshots,
    isAllDelivered: allSent === snapshots && received === snapshots * samplesPerInterval,
    exits,
    latestMs: last.answer.latestMs,
    broker: { cpuPerSecond: cpuPerSecond("broker"), rssBytes: brokerBytes },
    coordinator: { cpuPerSecond: cpuPerSecond("coordinator"), rssBytes: coordinatorBytes },
  };
}

/**
 * @param {string} name
 * @param {readonly (string | number)[]} args
 */
function startPeer(name, args) {
  const file = fileURLToPath(new URL(`./hosts/${name}.js`, import.meta.url));
  const started = start([process.execPath, file, ...args], undefined);
  const lines = createInterface({ input: started.child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} exited: ${(await started.ended).stderr}`);
    return value;
  };
  return { ...started, next };
}

/** @param {Awaited<ReturnType<typeof measure>>} row */
function textOf(row) {
  const { hosts, snapshotsPerSecond, bytesPerSecond, isAllDelivered, broker, coordinator } = row;
  const of = (/** @type {typeof broker} */ { cpuPerSecond, rssBytes }) =>
    `${cpuPerSecond.toFixed(3)} CPU s/s, ${(rssBytes / 2 ** 20).toFixed(0)} MiB`;
  return [
    `${hosts} hosts: ${snapshotsPerSecond.toFixed(0)} snapshots/s, ${(bytesPerSecond / 1e6).toFixed(1)} MB/s, ${isAllDelivered ? "all" : "NOT all"} delivered`,
    `  NATS server: ${of(broker)}`,
    `  coordinator: ${of(coordinator)}`,
  ].join("\n");
}
