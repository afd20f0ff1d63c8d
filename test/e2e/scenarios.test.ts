/** The shipped scenarios, shortened: they run, and what they expect holds. Scale is in scale.test.ts. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/results/result.ts";
import { runCli } from "../support/run-cli.ts";
import { runFile } from "../support/run-scenario.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { testIo } from "../support/test-io.ts";

const folder = join(import.meta.dirname, "../../scenarios");
const isLinux = process.platform === "linux";

function isInstalled(program: string): boolean {
  return spawnSync(program, ["-v"], { stdio: "ignore" }).error === undefined;
}

/** The gates of a scenario, with limits of time that hold on a machine which is busy with other things. */
function patientGates(name: string): string {
  const [, gates = ""] = readFileSync(join(folder, `${name}.yaml`), "utf8").split(/^gates:\n/m);
  const lines = [...gates.matchAll(/^ {2}- (.+)$/gm)].map(([, gate = ""]) => gate);
  if (lines.length === 0) throw new Error(`${name} has no gates`);
  const patient = lines.map((gate) =>
    gate
      .replace(/< (?<ms>\d+)ms/, "< $<ms>00ms")
      // What comes in a tenth of the time.
      .replace(/(?<metric>connections\.opened) >= (?<tenth>\d+)0$/, "$<metric> >= $<tenth>"),
  );
  return `gates=${JSON.stringify(patient)}`;
}

const fileOf = (name: string) => join(folder, `${name}.yaml`);

async function run(name: string, set: readonly string[]): Promise<RunResult> {
  const pairs = set.map((assignment) => {
    const at = assignment.indexOf("=");
    return [assignment.slice(0, at), assignment.slice(at + 1)] as const;
  });
  const { status, result } = await runFile(fileOf(name), {
    timeoutMs: 90_000,
    set: Object.fromEntries(pairs),
  });
  expect(status, result.run.reasons.join("\n")).toBe(0);
  return result;
}

/** The same by the command, with variables for its servers. */
async function runAsCommand(
  name: string,
  set: readonly string[],
  env: NodeJS.ProcessEnv,
  statuses: readonly number[],
): Promise<RunResult> {
  const answer = await runCli(
    [
      "load",
      fileOf(name),
      "--json",
      "--quiet",
      "--io",
      testIo,
      "--out",
      makeTempDir(),
      ...set.flatMap((assignment) => ["--set", assignment]),
    ],
    { timeoutMs: 90_000, env },
  );
  expect(statuses, answer.stderr).toContain(answer.status);
  return JSON.parse(answer.stdout);
}

describe.skipIf(!isLinux)("shipped scenarios", () => {
  for (const [name, set, sent] of [
    [
      "quickstart",
      ["chatter.duration=1s", "chatter.warmUp=0.2s", "pings.duration=1s", "pings.warmUp=0.2s"],
      { chatter: 2000, pings: 200 },
    ],
    [
      "tcp-request-open",
      ["users.stages=[{ duration: 2s, rate: 2000/s }]", "users.warmUp=0.5s"],
      {},
    ],
    ["tcp-request-closed", ["clients.duration=0.5s", "clients.warmUp=0.2s"], {}],
    ["many-clients-many-ips", ["crowd.duration=1s", "crowd.warmUp=0"], {}],
    ["udp-request", ["resolvers.duration=2s", "resolvers.warmUp=0"], { resolvers: 6000 }],
    [
      "udp-sizes",
      ["every.duration=2s", "mostly-short.duration=2s", "edges.duration=2s"],
      { every: 400, "mostly-short": 400, edges: 200 },
    ],
    [
      "udp-rotating",
      ["rotating.duration=2s", "rotating.warmUp=0", "kept.duration=2s", "kept.warmUp=0"],
      { rotating: 600, kept: 600 },
    ],
    ["udp-stream", ["sensors.duration=1s", "sensors.warmUp=0"], { sensors: 10_000 }],
    ["udp-broadcast", ["feed.duration=1s", "feed.warmUp=0"], { feed: 2000 }],
    ["udp-broadcast-contrast", ["feed.duration=1s"], { feed: 2000 }],
    ["udp-multicast", ["feed.duration=1s", "feed.warmUp=0"], { feed: 2000 }],
    ["tcp-churn-fast", ["visitors.duration=1s", "visitors.warmUp=0"], {}],
    ["udp-stream-fast", ["sensors.duration=1s", "sensors.warmUp=0"], {}],
    [
      "slow-clients",
      ["users.duration=1s", "users.warmUp=0", "crawlers.duration=1s", "crawlers.read=1MiB/s"],
      { users: 200, crawlers: 150 },
    ],
    ["ci-gate", ["users.warmUp=1s", "users.duration=6s", "users.rate=200/s"], {}],
  ] as const) {
    it(name, async () => {
      const result = await run(name, [
        ...set.map((assignment) => `workloads.${assignment}`),
        patientGates(name),
      ]);
      expect(result.run.outcome).toBe("pass");
      for (const [workload, messages] of Object.entries(sent)) {
        expect(result.workloads[workload]?.exchanges.sent).toBe(messages);
      }
    });
  }

  for (const [name, workload, set, sent] of [
    ["tcp-1m-hold", "idle", ["keepAliveConnections=30", "keepAlive=1s", "duration=1150ms"], 3030],
    ["tcp-1m-active", "users", ["rate=2000/s", "warmUp=0", "duration=2s"], 4000],
  ] as const) {
    it(`${name}, with 3,000 connections`, async () => {
      const result = await run(name, [
        `workloads.${workload}.connections=3000`,
        ...set.map((assignment) => `workloads.${workload}.${assignment}`),
        `gates=[${workload}.connections.peak >= 3000, total.errors == 0]`,
      ]);
      expect(result.run.outcome).toBe("pass");
      expect(result.workloads[workload]?.connections).toMatchObject({ opened: 3000, failed: 0 });
      expect(result.workloads[workload]?.exchanges).toMatchObject({ sent, received: sent });
    });
  }

  it.runIf(testIo === "uring")("udp-icmp-errors", async () => {
    const { run: info, workloads } = await run("udp-icmp-errors", []);
    expect(info.outcome).toBe("pass");
    expect(workloads.connected?.notes[0]).toMatch(/^20 of 20 flows were refused by ICMP/);
    expect(workloads.unconnected?.notes[0]).toContain(
      "an unconnected socket receives no ICMP errors",
    );
    expect(workloads.unconnected?.errors.map(({ code }) => code)).toEqual(["TIMEOUT"]);
    expect(workloads.asking?.notes[0]).toMatch(/^20 of 20 flows were refused by ICMP/);
  });

  for (const [program, name, workloads] of [
    ["redis-server", "real-redis", ["ping", "set"]],
    ["nginx", "real-nginx", ["browsers", "visitors"]],
  ] as const) {
    it.skipIf(!isInstalled(program))(`${name}, with the real ${program}`, async () => {
      const shorter = workloads.flatMap((workload) => [
        `workloads.${workload}.duration=1s`,
        `workloads.${workload}.warmUp=0`,
      ]);
      const result = await run(name, [...shorter, patientGates(name)]);
      expect(result.run.outcome).toBe("pass");
      for (const workload of workloads) {
        expect(result.workloads[workload]?.exchanges.received).toBeGreaterThan(0);
      }
      for (const { exchanges } of Object.values(result.workloads)) {
        expect(exchanges.received).toBe(exchanges.sent);
      }
    });
  }

  it.skipIf(!isInstalled("nginx"))("real-nginx-tls counts as nginx does", async () => {
    const workloads = ["browsers", "visitors", "returning"];
    const TMPDIR = makeTempDir();
    const set = workloads.flatMap((workload) => [
      `workloads.${workload}.duration=1s`,
      `workloads.${workload}.timeout=60s`,
      `workloads.${workload}.connectTimeout=60s`,
    ]);
    // On a busy machine not all that was due is sent (4): what was is counted all the same.
    const result = await runAsCommand("real-nginx-tls", set, { TMPDIR }, [0, 4]);
    expect(result.gates.map(({ verdict }) => verdict)).toEqual(["pass", "pass", "pass"]);
    const of = (name: string) => result.workloads[name] as RunResult["workloads"][string];
    const lines = readFileSync(join(TMPDIR, "slash8-nginx-tls.log"), "utf8").trim().split("\n");
    const requests = workloads.reduce((sum, name) => sum + of(name).exchanges.received, 0);
    expect(requests).toBeGreaterThan(0);
    expect(lines.length).toBe(requests);
    expect(new Set(lines.map((line) => line.split(" ")[0]))).toEqual(new Set(["TLSv1.3"]));
    // A visitor makes one request.
    const resumed = lines.filter((line) => line.split(" ")[1] === "r").length;
    expect(of("returning").connections.tlsResumed).toBe(resumed);
    expect(of("browsers").connections.tlsResumed + of("visitors").connections.tlsResumed).toBe(0);
    for (const name of workloads) {
      expect(of(name).tlsTime.count).toBe(of(name).connections.opened);
    }
  });
});
