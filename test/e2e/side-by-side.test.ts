/** Runs that go on at the same time on one machine, over both ios. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { intersectRanges, parseRanges, rangeTexts } from "../../src/address/ranges.ts";
import { readLeased } from "../../src/machine/leases.ts";
import type { RunResult } from "../../src/results/result.ts";
import { atEndOfFile } from "../at-end.ts";
import { sendIfOpen, tcpServer, udpServer } from "../support/raw-servers.ts";
import { startCli } from "../support/run-cli.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { testIo } from "../support/test-io.ts";
import { resultOf } from "./runs.ts";

const atOnce = 4;

/** Two echoes that all runs have as their target, and know by the messages which of them are under way. */
async function startTargets() {
  const seen = new Set<string>();
  const see = (bytes: Buffer) => {
    for (const [name] of bytes.toString("latin1").matchAll(/(?:tcp|udp) \d+\n/g)) seen.add(name);
  };
  const tcp = await tcpServer((socket) => {
    socket.on("data", (bytes) => {
      see(bytes);
      socket.write(bytes);
    });
  });
  const udp = await udpServer((bytes, { address, port }, socket) => {
    see(bytes);
    sendIfOpen(socket, bytes, port, address);
  });
  return {
    tcp: `tcp://127.0.0.1:${tcp.endpoint.port}`,
    udp: `udp://127.0.0.1:${udp.endpoint.port}`,
    /** Resolves when messages of so many runs have come, over TCP and over UDP. */
    async reachedBy(runs: number) {
      for (const endMs = performance.now() + 90_000; seen.size < 2 * runs; ) {
        if (performance.now() > endMs) throw new Error(`only ${[...seen].join("")} came`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async [Symbol.asyncDispose]() {
      await tcp[Symbol.asyncDispose]();
      await udp[Symbol.asyncDispose]();
    },
  };
}

type Targets = Awaited<ReturnType<typeof startTargets>>;

/** Two of each kind of workload: one that names no sources, and one that does, its name with an address to it. */
function scenarioOf(run: number, { tcp, udp }: Targets, address: string): string {
  const says = (protocol: string) => `message: { text: "${protocol} ${run}\\n" }`;
  const each = (name: string, fields: string) =>
    ["", address]
      .map((from) => {
        const sources = from === "" ? "" : `sources: ${from}, `;
        return `  ${name}${from === "" ? "" : "Named"}: { ${fields}, ${sources}timeout: 20s, duration: 100s }\n`;
      })
      .join("");
  const lines = 'framing: { delimiter: "\\n" }';
  return `version: 1
name: run-${run}
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }
  datagrams: { builtin: udp-echo, listen: "127.0.0.1:0" }
workloads:
${each("asks", `target: "${tcp}", pattern: request, connections: 4, rate: 10/s, ${says("tcp")}, ${lines}`)}
${each("pings", `target: "${udp}", pattern: request, connections: 4, rate: 10/s, ${says("udp")}`)}
${each("visits", `target: "${tcp}", pattern: churn, connections: 2, rate: 5/s, ${says("tcp")}, ${lines}`)}
${each("drops", `target: "${udp}", pattern: churn, connections: 2, rate: 5/s, ${says("udp")}`)}
${each("stays", "target: echo, pattern: hold, connections: 4, verify: true, message: { size: 16 }")}
${each("beats", "target: datagrams, pattern: request, connections: 4, rate: 5/s")}
`;
}

function start(run: number, targets: Targets, address: string, io: string) {
  const cwd = makeTempDir();
  writeFileSync(join(cwd, "run.yaml"), scenarioOf(run, targets, address));
  const cli = startCli(["load", "run.yaml", "--io", io], { cwd });
  atEndOfFile(() => cli.kill("SIGKILL"));
  return { cwd, cli };
}

/** Starts all runs at once, ends them when every one is under way, and returns their results. */
async function runAtOnce(): Promise<RunResult[]> {
  await using targets = await startTargets();
  const runs = Array.from({ length: atOnce }, (_, run) =>
    start(run, targets, "127.93.60.1", run % 2 === 0 ? testIo : "node"),
  );
  const ended = Promise.all(runs.map(({ cli }) => cli.finished));
  // One that could not start is seen at once, with what it printed.
  const allAreUnderWay = targets.reachedBy(atOnce);
  allAreUnderWay.catch(() => {});
  await Promise.race([allAreUnderWay, ended]);
  for (const { cli } of runs) cli.kill("SIGINT");
  const answers = await ended;
  return answers.map((answer, run) => {
    expect(answer.status, answer.stderr).toBe(130);
    return resultOf(runs[run]?.cwd ?? "", answer);
  });
}

const taken = (code: string) => code === "EADDRINUSE" || code === "EADDRNOTAVAIL";

function errorsOf({ workloads }: RunResult): string[] {
  return Object.entries(workloads).flatMap(([name, { errors }]) =>
    errors.filter(({ code }) => taken(code)).map(({ code, count }) => `${name} ${code} ${count}`),
  );
}

const isNamed = ([name]: readonly [string, unknown]) => name.endsWith("Named");

describe.runIf(process.platform === "linux")("runs at once", () => {
  let results: RunResult[];
  beforeAll(async () => {
    results = await runAtOnce();
    expect(results.flatMap(errorsOf)).toEqual([]);
    const workloads = results.flatMap((result) => Object.values(result.workloads));
    expect(workloads.filter(({ connections: { failed } }) => failed > 0)).toEqual([]);
  });
  const workloadsOf = (named: boolean) =>
    results.flatMap((result) =>
      Object.entries(result.workloads)
        .filter((entry) => isNamed(entry) === named)
        .map(([, workload]) => workload),
    );

  test("share no source address, where they name none", () => {
    const workloads = workloadsOf(false);
    expect(workloads).toHaveLength(6 * atOnce);
    const sources = workloads.map(({ sources: { ranges } }) => parseRanges(ranges));
    for (const [place, one] of sources.entries()) {
      const others = sources.slice(place + 1);
      expect(others.flatMap((other) => intersectRanges(one, other).ranges)).toEqual([]);
    }
    expect(workloads.filter(({ sources: { leased } }) => !leased)).toEqual([]);
  });

  test("pass over each other's ports, where they name the same address", () => {
    const workloads = workloadsOf(true);
    expect(workloads).toHaveLength(6 * atOnce);
    expect(workloads.filter(({ sources: { leased } }) => leased)).toEqual([]);
    // All but one of the runs want the 4-tuples that another has, to the same server.
    const asks = results.map((result) => result.workloads.asksNamed);
    const passed = asks.filter((one) => (one?.connections.portsTaken ?? 0) > 0);
    expect(passed.length).toBeGreaterThanOrEqual(atOnce - 1);
    for (const one of passed) {
      expect(one?.notes.join("\n")).toMatch(/source ports? (?:was|were) passed over, as another/);
    }
  });

  test("leave no lease behind when they are killed", async () => {
    await using targets = await startTargets();
    const { cli } = start(0, targets, "127.93.61.1-127.93.61.3", testIo);
    cli.finished.catch(() => {});
    await targets.reachedBy(1);
    const isListed = () =>
      readLeased().some((ranges) => rangeTexts(ranges).some(([from]) => from === "127.93.61.1"));
    expect(isListed()).toBe(true);
    cli.kill("SIGKILL");
    await cli.finished;
    expect(isListed()).toBe(false);
  });
});
