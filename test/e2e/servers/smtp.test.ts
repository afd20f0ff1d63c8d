/** Exchanges of several messages and sessions, against a real mail server: it has taken the mails that were counted. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { RunResult } from "../../../src/results/result.ts";
import { freePort } from "../../support/ports/free-port.ts";
import { isInstalled } from "../../support/programs.ts";
import { runCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { testIo } from "../../support/test-io.ts";

const program = "aiosmtpd";
const shipped = join(import.meta.dirname, "../../../scenarios/real-smtp.yaml");

/** Resolves when something listens on the port. */
async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = net.connect(port, "127.0.0.1");
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.on("connect", () => resolve(true));
      socket.on("error", () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await sleep(50);
  }
}

it.skipIf(!isInstalled(program))("mails are those that the server has taken", async () => {
  const port = await freePort();
  const server = spawn(program, ["-n", "-l", `127.0.0.1:${port}`], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, PYTHONUNBUFFERED: "1" },
  });
  let printed = "";
  server.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  try {
    await listening(port);
    const folder = makeTempDir();
    const file = join(folder, "smtp.yaml");
    // The shipped scenario, against a server that lives on, so that all that it prints is read.
    const text = readFileSync(shipped, "utf8")
      .replace(/ {4}command: .*\n/, "")
      .replace(/ {4}missing: skip\n/, "")
      .replaceAll("17525", `${port}`)
      .replaceAll("duration: 4s", "duration: 1s")
      .replaceAll(/p50 < \w+/g, "p50 < 60s");
    writeFileSync(file, text);
    const answer = await runCli(
      ["load", file, "--json", "--quiet", "--io", testIo, "--out", folder],
      { timeoutMs: 90_000 },
    );
    // A machine that is busy with other things makes a run invalid, but no count wrong.
    expect([0, 4], answer.stderr).toContain(answer.status);
    const { workloads } = JSON.parse(answer.stdout) as RunResult;
    const { relays, users } = workloads as Record<
      "relays" | "users",
      RunResult["workloads"][string]
    >;
    expect([relays.errors, users.errors]).toEqual([[], []]);
    const received = [relays, users].map(({ phases }) =>
      Object.values(phases).reduce((sum, { received = 0 }) => sum + received, 0),
    );
    const all = received.reduce((sum, count) => sum + count, 0);
    expect(relays.exchanges.received).toBe(relays.exchanges.sent);
    const { parts = {} } = relays;
    expect(Object.keys(parts)).toEqual(["mail", "rcpt", "data", "body"]);
    const ofParts = Object.values(parts).map(({ exchanges }) => exchanges.received);
    expect(new Set(ofParts)).toEqual(new Set([relays.exchanges.received]));
    expect(users.sessionTime.count).toBeLessThanOrEqual(users.connections.opened);
    // The last reply may have come before the last mail was printed.
    const mails = () => printed.split("MESSAGE FOLLOWS").length - 1;
    while (mails() < all) await sleep(20);
    expect(mails()).toBe(all);
  } finally {
    server.kill();
    await once(server, "exit");
  }
});
