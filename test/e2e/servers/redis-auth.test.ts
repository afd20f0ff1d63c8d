/** Steps when a connection opens, against a Redis with a password: its own counts are ours. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { RunResult } from "../../../src/results/result.ts";
import { freePort } from "../../support/free-port.ts";
import { isInstalled } from "../../support/programs.ts";
import { runCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { testIo } from "../../support/test-io.ts";

const program = "redis-server";
const shipped = join(import.meta.dirname, "../../../scenarios/real-redis-auth.yaml");

/** Sends commands to Redis and returns all that it answers, up to a text that ends it. */
async function command(port: number, text: string, end: string): Promise<string> {
  const socket = net.connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1");
  socket.write(text);
  for await (const chunk of socket) {
    answer += chunk;
    if (answer.includes(end)) break;
  }
  return answer;
}

/** Calls by command, as Redis counts them; AUTH without the one that asks. */
async function callsOf(port: number): Promise<Record<string, number>> {
  const end = "END";
  const asked = `AUTH secret\r\nINFO commandstats\r\nECHO ${end}\r\n`;
  const stats = await command(port, asked, end);
  const found = [...stats.matchAll(/cmdstat_(\w+):calls=(\d+)/g)];
  const calls = Object.fromEntries(found.map(([, name = "", count]) => [name, Number(count)]));
  return { ...calls, auth: (calls.auth ?? 0) - 1 };
}

it.skipIf(!isInstalled(program))("connections log in, as Redis counts them", async () => {
  const port = await freePort();
  const options =
    "--bind 127.0.0.1 --protected-mode no --requirepass secret --appendonly no --save";
  const args = ["--port", `${port}`, ...options.split(" "), ""];
  const redis = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    for await (const chunk of redis.stdout) if (`${chunk}`.includes("Ready to accept")) break;
    const folder = makeTempDir();
    const file = join(folder, "auth.yaml");
    // The shipped scenario, against a Redis that lives on, so that it can be asked afterwards.
    const text = readFileSync(shipped, "utf8")
      .replace(/ {4}command: .*\n.*\n/, "")
      .replace(/ {4}missing: skip\n/, "")
      .replaceAll("17380", `${port}`)
      .replaceAll("duration: 5s", "duration: 1s")
      .replaceAll("warmUp: 1s", "timeout: 1s")
      .replaceAll(/(?<limit>\d)00ms/g, "$<limit>0s");
    writeFileSync(file, text);
    const answer = await runCli(
      ["load", file, "--json", "--quiet", "--io", testIo, "--out", folder],
      { timeoutMs: 90_000 },
    );
    // A machine that is busy with other things makes a run invalid, but no count wrong.
    expect([0, 4], answer.stderr).toContain(answer.status);
    const { run, workloads } = JSON.parse(answer.stdout) as RunResult;
    expect(run.outcome).not.toBe("fail");
    const { users, visitors } = workloads as Record<
      "users" | "visitors",
      RunResult["workloads"][string]
    >;
    expect(users.connections).toMatchObject({ opened: 50, openAtEnd: 50, openFailed: 0 });
    expect(users.openTime.count).toBe(50);
    const { opened, failed } = visitors.connections;
    expect(failed).toBe(0);
    expect(visitors.openTime.count).toBe(opened);
    const [incr, ping] = [users, visitors].map(({ phases }) =>
      Object.values(phases).reduce((sum, { sent = 0 }) => sum + sent, 0),
    );
    expect(ping).toBe(opened);
    expect(await callsOf(port)).toEqual({ auth: 50 + opened, select: 50, incr, ping });

    const wrong = join(folder, "wrong.yaml");
    const gates = "gates: [total.connections.openFailed == 0]\n";
    writeFileSync(wrong, text.replaceAll("secret", "sesame").replace(/^gates:.*/ms, gates));
    const refused = await runCli(["load", wrong, "--verbose", "--io", testIo, "--out", folder]);
    expect([4, 99], refused.stderr).toContain(refused.status);
    const said = refused.stdout.replaceAll(/\s+/g, " ");
    expect(said).toMatch(/OPEN_1_UNEXPECTED of 127\.66\.0\.\d+:\d+; \d+ bytes came: "-WRONGPASS/);
    expect(said).toContain("in step 1, login)");
  } finally {
    redis.kill();
    await once(redis, "exit");
  }
});
