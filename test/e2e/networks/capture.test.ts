/**
 * Captures of whole runs, read by tshark: the planned clients are in them, and nobody else. In a
 * network of their own, where nobody else talks and capturing needs no right.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../../src/results/result.ts";
import { markedEnvironment, processesWithMark, untilGone } from "../../support/process-tree.ts";
import { isInstalled } from "../../support/programs.ts";
import { runCli, startCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { testIo } from "../../support/test-io.ts";
import { hasNetworkSpaces, runInNetworkSpace } from "./network-space.ts";
import { plannedSources } from "./planned-flows.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const slash8 = `"${process.execPath}" "${join(root, "dist/cli/main.js")}"`;
const hasSpaces = hasNetworkSpaces();
const hasTshark = isInstalled("tshark");
/** tcpdump gives up being root, for which a root of nothing else has no right. */
const programs = (["dumpcap", "tcpdump"] as const).filter(
  (program) => isInstalled(program) && (program === "dumpcap" || process.getuid?.() === 0),
);

/** Two workloads over IPv4 and one over IPv6, TCP and UDP, and one that is not captured. */
const scenario = (more: string) => `version: 1
name: caught
servers:
  echo: { builtin: tcp-echo, listen: ["127.0.0.1:7000", "127.0.0.2:7000"] }
  datagrams: { builtin: udp-echo, listen: 127.0.0.1:7001 }
  six: { builtin: tcp-echo, listen: "[fd00:127::1]:7000" }
workloads:
  crowd: { target: echo, pattern: request, sources: 127.64.0.0/16, connections: 40, connectionsPerSource: 1, rate: 400/s, duration: 1s }
  few: { target: datagrams, pattern: request, sources: 127.65.0.1-127.65.0.3, connections: 20, rate: 200/s, duration: 1s }
  modern: { target: six, pattern: request, sources: "fd00:127::16:0/112", connections: 20, connectionsPerSource: 1, rate: 200/s, duration: 1s }
  others: { target: echo, pattern: request, sources: 127.66.0.0/24, connections: 20, rate: 200/s, duration: 1s }
${more}
`;

/** Runs the scenario, and tshark over what was captured. */
function captured(capture: string, filters: readonly string[], needsPlan = false) {
  const folder = makeTempDir();
  writeFileSync(join(folder, "run.yaml"), scenario(capture));
  const tshark = `tshark -n -r caught.pcap -T fields -E separator=/s -e ip.src -e ipv6.src -e tcp.srcport -e udp.srcport`;
  const answer = runInNetworkSpace(
    `
set -e
cd ${folder}
${root}/scripts/linux/anyip-up.sh 2>/dev/null
${needsPlan ? `${slash8} plan run.yaml --json --io ${testIo} >plan.json` : ""}
${slash8} load run.yaml --json --io ${testIo} --out result.json >/dev/null
${filters.map((filter, i) => `${tshark} -Y '${filter}' >filter-${i} 2>/dev/null &`).join("\n")}
wait
`,
    { ANYIP_RUN: folder },
  );
  expect(answer.status, answer.stderr).toBe(0);
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  return {
    folder,
    plan: needsPlan ? JSON.parse(read("plan.json")) : null,
    result: JSON.parse(read("result.json")) as RunResult,
    /** Sources of the packets that a filter finds, each once, as "address:port"; sorted. */
    sources: filters.map((_, i) => {
      const found = read(`filter-${i}`)
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
          const [address = "", port] = line.trim().split(/ +/);
          return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
        });
      return [...new Set(found)].sort();
    }),
  };
}

/** How many packets of a capture each display filter finds, by one run of tshark. */
function framesOf(file: string, filters: readonly string[]): (number | undefined)[] {
  const statistics = ["io,stat,0", ...filters].join(",");
  const { stdout } = runInNetworkSpace(`tshark -n -q -r ${file} -z '${statistics}' 2>/dev/null`);
  const row = stdout.split("\n").find((line) => line.includes("<>")) ?? "";
  const [, ...cells] = row.split("|").map((cell) => cell.trim());
  // Of each filter its packets, and their bytes.
  return filters.map((_, place) => Number(cells[1 + 2 * place] ?? Number.NaN));
}

const servers = ["127.0.0.1:7000", "127.0.0.2:7000", "127.0.0.1:7001", "[fd00:127::1]:7000"];

const workloadFilters = [
  "ip.addr == 127.64.0.0/16",
  "ip.addr in {127.65.0.1 .. 127.65.0.3}",
  "ipv6.addr == fd00:127::16:0/112",
];

describe.skipIf(!hasSpaces || !hasTshark)("captures", () => {
  for (const program of programs) {
    // What a filter finds is up to tshark and the filter: in the packets of the first program.
    const isFirst = program === programs[0];
    it(`${program}: tshark finds exactly the planned sources${isFirst ? ", by each workload's filter" : ""}`, () => {
      const file = `capture: { workloads: [crowd, few, modern], file: caught.pcap, program: ${program} }`;
      const { plan, result, sources } = captured(
        file,
        ["frame", ...(isFirst ? workloadFilters : [])],
        true,
      );
      const names = ["crowd", "few", "modern"] as const;
      const planned = names.map((name) => plannedSources(plan, name));
      expect(names.map((name) => result.workloads[name]?.sources.displayFilter)).toEqual(
        workloadFilters,
      );
      const [all, ...each] = sources;
      expect(all).toEqual([...planned.flat(), ...servers].sort());
      const clients = each.map((found) => found.filter((source) => !servers.includes(source)));
      expect(clients).toEqual(isFirst ? planned : []);
      expect(result.capture).toMatchObject({
        program,
        interface: "lo",
        complete: true,
        clients: null,
      });
      expect(result.capture?.packets).toBeGreaterThan(1000);
    });
  }

  it("are cut to the slowest clients, whose own filters find them there", () => {
    const file = "capture: { workloads: [crowd, few], file: caught.pcap, clients: slowest 3 }";
    const { folder, result, sources } = captured(file, ["frame"]);
    const slowest = ["crowd", "few"].map((name) =>
      result.workloads[name]?.clients.slowest.slice(0, 3),
    );
    const named = slowest.flat().map((client) => client?.source ?? "");
    expect(new Set(named).size).toBe(6);
    const found = sources[0]?.filter((source) => !servers.includes(source));
    expect(found).toEqual(named.toSorted());
    expect(result.capture?.clients?.map(({ source }) => source)).toEqual(named);
    expect(result.capture?.packetsKept).toBeLessThan(result.capture?.packets ?? 0);
    const displayed = framesOf(
      join(folder, "caught.pcap"),
      slowest.flat().map((client) => client?.displayFilter ?? ""),
    );
    for (const [place, client] of slowest.flat().entries()) {
      expect(displayed[place]).toBeGreaterThan(0);
      if (!isInstalled("tcpdump")) continue;
      const filtered = runInNetworkSpace(
        `tcpdump -n -r ${folder}/caught.pcap '${client?.captureFilter}' 2>/dev/null | wc -l`,
      );
      expect(Number(filtered.stdout)).toBe(displayed[place]);
    }
    expect(readdirSync(folder).filter((name) => name.endsWith(".pcap"))).toEqual(["caught.pcap"]);
  });

  it("end when they are as large as they may be, which is told", () => {
    const file =
      "capture: { workloads: crowd, file: caught.pcap, maxSize: 64KiB }\n" +
      "gates: [crowd.connections.peak == 40]";
    const { result } = captured(file, []);
    expect(result.run.outcome).toBe("pass");
    expect(result.capture?.complete).toBe(false);
    expect(result.warnings.join()).toContain(
      "the capture ended before the run: it reached 64.0 KiB",
    );
  });

  it("have the names and colours of the profile that plan writes", () => {
    const folder = makeTempDir();
    writeFileSync(join(folder, "run.yaml"), scenario("capture: { file: caught.pcap }"));
    const answer = runInNetworkSpace(
      `
set -e
cd ${folder}
${root}/scripts/linux/anyip-up.sh 2>/dev/null
${slash8} plan run.yaml --wireshark .config/wireshark/profiles/caught
${slash8} load run.yaml --quiet --io ${testIo} --out result.json
HOME=${folder} XDG_CONFIG_HOME=${folder}/.config tshark -C caught -r caught.pcap --color -T fields \\
  -E separator=/s -e ip.src_host -e ipv6.src_host -e frame.coloring_rule.name >names 2>errors
`,
      { ANYIP_RUN: folder },
    );
    expect(answer.status, answer.stderr).toBe(0);
    const lines = readFileSync(join(folder, "names"), "utf8").split("\n");
    const names = [...new Set(lines.map((line) => line.trim().replaceAll(/ +/g, " ")))];
    for (const name of ["crowd-0", "crowd-39", "modern-19", "few-2", "others-7"]) {
      const found = names.filter((line) => line.startsWith(`${name} `));
      expect(found).toEqual([`${name} workload ${name.split("-")[0]}`]);
    }
    expect(names).toContain("echo+datagrams workload crowd");
    expect(names).toContain("six workload modern");
    expect(readFileSync(join(folder, "errors"), "utf8")).not.toMatch(/preference|syntax|invalid/i);
  });
});

describe("a capture that cannot be", () => {
  const simple = `version: 1
name: caught
servers: { echo: { builtin: tcp-echo, listen: "127.0.0.1:0" } }
workloads: { chat: { target: echo, pattern: request, rate: 50/s, duration: 1s, sources: 127.64.0.1 } }
capture: { program: dumpcap, file: caught.pcap }
`;

  /** Runs it with a dumpcap that does what a script says. */
  async function runWith(dumpcap: string, file = "caught.pcap") {
    const folder = makeTempDir();
    const text = simple.replace("caught.pcap", file);
    writeFileSync(join(folder, "dumpcap"), `#!/bin/sh\n${dumpcap}\n`, { mode: 0o755 });
    const answer = await runCli(
      ["load", "-", "--quiet", "--io", testIo, "--out", join(folder, "result.json")],
      { input: text, cwd: folder, env: { PATH: `${folder}:${process.env.PATH}` } },
    );
    return { folder, answer };
  }

  it("is refused where the program has no right to, with what to do", async () => {
    const { folder, answer } = await runWith(
      'echo "dumpcap: You do not have permission to capture on device \\"lo\\"." >&2; exit 1',
    );
    expect(answer.status).toBe(3);
    expect(answer.stderr).toContain(
      "dumpcap is not allowed to capture on lo; run slash8 as root, or allow it",
    );
    expect(answer.stderr).toContain("setcap cap_net_raw,cap_net_admin=eip");
    expect(readdirSync(folder)).toEqual(["dumpcap"]);
  });

  it("is refused where the program fails otherwise, with its words", async () => {
    const { answer } = await runWith('echo "no such device" >&2; exit 1');
    expect(answer.status).toBe(3);
    expect(answer.stderr).toContain(
      "dumpcap did not start to capture; its output:\n  | no such device",
    );
  });

  it("is refused where its file cannot be written", async () => {
    const { answer } = await runWith("exit 0", "dumpcap/caught.pcap");
    expect(answer.status).toBe(1);
    expect(answer.stderr).toMatch(/^slash8: \S+dumpcap\/caught\.pcap cannot be written/);
  });

  it("does not end the run that it dies in; that is told", async () => {
    const { folder, answer } = await runWith('echo "File: x"; sleep 0.3; exit 1');
    expect(answer.status).toBe(0);
    const result: RunResult = JSON.parse(readFileSync(join(folder, "result.json"), "utf8"));
    expect(result.capture).toMatchObject({ complete: false, packets: null });
    expect(result.warnings).toContain(
      "the capture ended before the run: dumpcap exited (exit code 1)",
    );
    expect(existsSync(join(folder, "caught.pcap"))).toBe(true);
  });

  it("is not complete when what watches its program is killed", async () => {
    const folder = makeTempDir();
    writeFileSync(join(folder, "dumpcap"), '#!/bin/sh\necho "File: x"; exec sleep 1000\n', {
      mode: 0o755,
    });
    const { mark, env } = markedEnvironment();
    const args = ["--out", "result.json", "--set", "workloads.chat.duration=30s"];
    const cli = startCli(["load", "-", "--io", testIo, ...args], {
      input: simple,
      cwd: folder,
      env: { ...env, PATH: `${folder}:${process.env.PATH}` },
    });
    await cli.printed(/steady/);
    const supervisor = processesWithMark(mark).find((line) => line.includes("supervisor"));
    process.kill(Number.parseInt(supervisor ?? "", 10), "SIGKILL");
    cli.kill("SIGINT");
    await cli.finished;
    const result: RunResult = JSON.parse(readFileSync(join(folder, "result.json"), "utf8"));
    expect(result.capture?.complete).toBe(false);
    expect(result.warnings).toContain(
      "the capture ended before the run: the process that watches dumpcap exited (signal SIGKILL)",
    );
    expect(await untilGone(() => processesWithMark(mark))).toEqual([]);
  });

  it("ends its program when slash8 is killed, and leaves no half file", async () => {
    const folder = makeTempDir();
    writeFileSync(join(folder, "dumpcap"), '#!/bin/sh\necho "File: x"; exec sleep 1000\n', {
      mode: 0o755,
    });
    const { mark, env } = markedEnvironment();
    const cli = startCli(["load", "-", "--io", testIo, "--set", "workloads.chat.duration=30s"], {
      input: simple,
      cwd: folder,
      env: { ...env, PATH: `${folder}:${process.env.PATH}` },
    });
    await cli.printed(/steady/);
    expect(processesWithMark(mark).join("\n")).toContain("sleep 1000");
    cli.kill("SIGKILL");
    await cli.finished;
    expect(await untilGone(() => processesWithMark(mark))).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".pcap"))).toEqual([]);
  });
});
