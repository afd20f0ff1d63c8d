import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { ProbeReport } from "../../../src/probe/report.ts";
import { freePort } from "../../support/ports/free-port.ts";
import { runCli, startCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { testIo } from "../../support/test-io.ts";

/** Servers of another make, ended after each test. */
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "close");
  }
});

function isInstalled(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function probeReport(target: string, ...args: string[]) {
  const answer = await runCli(["probe", target, "--json", "--io", testIo, ...args]);
  expect(answer.stderr).toBe("");
  return { status: answer.status, report: JSON.parse(answer.stdout) as ProbeReport };
}

/** Asks until the server is up: it says nothing of being ready. */
async function probeWhenUp(target: string, ...args: string[]) {
  for (let attempt = 0; ; attempt++) {
    const probed = await probeReport(target, ...args);
    if (probed.report.destinations[0]?.unconnected.reply !== null || attempt === 20) return probed;
  }
}

describe.runIf(isInstalled("python3", "--version"))("a wildcard echo in Python", () => {
  const server = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 0))
print(s.getsockname()[1], flush=True)
while True:
    data, peer = s.recvfrom(65535)
    s.sendto(data, peer)
`;

  test.runIf(process.platform === "linux")("is found faulty, in words and as JSON", async () => {
    const child = spawn("python3", ["-c", server], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const port = Number(line.toString());
    const target = `udp://127.0.0.1:${port}`;
    const { status, report } = await probeReport(target, "--timeout", "5s");
    expect(status).toBe(99);
    expect(report.verdict).toBe("faulty");
    expect(report.findings.filter(({ level }) => level === "fault")).toEqual([
      expect.objectContaining({ check: "source" }),
    ]);
    const text = await runCli(["probe", target, "--io", testIo]);
    expect(text.status).toBe(99);
    expect(text.stdout).toContain(
      `the request went to 127.0.0.77:${port}, the reply came from 127.0.0.1:${port}`,
    );
  });
});

test("our own echo is found right", async () => {
  const server = startCli(["serve", "udp-echo", "--listen", "127.0.0.1:0", "--io", testIo]);
  try {
    await server.printed(/127\.0\.0\.1:\d+/);
    const port = /127\.0\.0\.1:(\d+)/.exec(server.stdout() + server.stderr())?.[1];
    const { status, report } = await probeReport(`127.0.0.1:${port}`, "--timeout", "2s");
    expect(report.findings).toEqual([]);
    expect(status).toBe(0);
  } finally {
    server.kill("SIGTERM");
    await server.finished;
  }
});

describe.runIf(isInstalled("unbound", "-V"))("unbound", () => {
  /** A query for localhost, which unbound answers by itself. */
  const query = "123401000001000000000000096c6f63616c686f73740000010001";

  async function probeUnbound(interfaces: string) {
    const port = await freePort("udp", "0.0.0.0");
    const folder = makeTempDir();
    const config = join(folder, `${port}.conf`);
    writeFileSync(
      config,
      `server:
  ${interfaces}
  port: ${port}
  do-tcp: no
  do-ip6: no
  num-threads: 1
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  module-config: "iterator"
remote-control:
  control-enable: no
`,
    );
    children.push(spawn("unbound", ["-d", "-c", config], { stdio: "ignore" }));
    return probeWhenUp(`udp://127.0.0.1:${port}`, "--payload", query);
  }

  test("that answers from the address asked is found right", async () => {
    const { status, report } = await probeUnbound("interface: 0.0.0.0\n  interface-automatic: yes");
    expect(report.findings.filter(({ level }) => level === "fault")).toEqual([]);
    expect(status).toBe(0);
    const answered = report.destinations.filter(
      ({ unconnected }) => unconnected.outcome === "answered",
    );
    expect(answered.length).toBeGreaterThan(1);
  });
});

test.each([
  [["probe"], "which UDP server?"],
  [["probe", "udp://127.0.0.1"], "not an address and a port"],
  [["probe", "udp://127.0.0.1:7", "--payload", "PING"], "two digits each"],
  [["probe", "udp://127.0.0.1:7", "--timeout", "0s"], "more than 0"],
  [["probe", "udp://127.0.0.1:7", "--burst", "0"], "from 1 to 10000"],
])("%j is refused with status 2", async (args, message) => {
  const answer = await runCli(args);
  expect(answer.stderr).toContain(message);
  expect(answer.status).toBe(2);
});
