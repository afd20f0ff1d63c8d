/** Servers and relays that would answer each other for ever do not. */
import dgram from "node:dgram";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { freePort } from "../../support/ports/free-port.ts";
import { descendantsOf } from "../../support/process-tree.ts";
import { runCli, startCli } from "../../support/run-cli.ts";
import { testIo } from "../../support/test-io.ts";

const address = "127.107.90.1";

async function serveEcho(port: number) {
  const cli = startCli(["serve", "udp-echo", "--listen", `${address}:${port}`, "--io", testIo]);
  await cli.printed(/listening on/);
  const pids = () => descendantsOf(cli.pid).map((line) => Number.parseInt(line, 10));
  const signal = (name: NodeJS.Signals) => {
    for (const pid of pids()) process.kill(pid, name);
  };
  return { cli, signal };
}

/** Sends one datagram from a port of its own; resolves with what comes back, or at once where nothing is awaited. */
async function send(to: number, from: number, awaits: boolean): Promise<string | null> {
  const socket = dgram.createSocket("udp4");
  socket.bind(from, address);
  await once(socket, "listening");
  const reply = awaits ? once(socket, "message") : null;
  await new Promise<void>((resolve, reject) => {
    socket.send("hello", to, address, (error) => (error ? reject(error) : resolve()));
  });
  const [bytes] = (await reply) ?? [null];
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return bytes === null ? null : String(bytes);
}

describe.runIf(process.platform === "linux")("two echo servers", () => {
  test("do not answer each other, whoever has made them meet", async () => {
    const [one, two] = [await freePort(), await freePort()];
    const second = await serveEcho(two);
    // A datagram of the first one's address waits for the second, which answers it when the first is there.
    second.signal("SIGSTOP");
    await send(two, one, false);
    const first = await serveEcho(one);
    second.signal("SIGCONT");
    expect(await send(two, 0, true)).toBe("hello");
    expect(await send(one, 0, true)).toBe("hello");
    first.cli.kill("SIGINT");
    second.cli.kill("SIGINT");
    const answers = await Promise.all([first.cli.finished, second.cli.finished]);
    const counted = answers.map(({ stderr }) => stderr).join("");
    // By the second where it has looked before it answers, else by the first.
    expect(counted.match(/from itself or another server 1\b/g)).toHaveLength(1);
    for (const { stderr } of answers) expect(stderr).toMatch(/replied [12] /);
  });
});

test.each(["tcp", "udp"])(
  "a relay over %s that would lead back to itself does not start",
  async (protocol) => {
    const [one, two] = [await freePort(), await freePort()];
    const args = (listen: number, to: number) => [
      "relay",
      "--protocol",
      protocol,
      "--io",
      testIo,
      "--from",
      "127.107.91.0/29",
      "--listen",
      `127.0.0.1:${listen}`,
      "--to",
      `127.0.0.1:${to}`,
    ];
    const first = startCli(args(one, two));
    await first.printed(new RegExp(`127.0.0.1:${one}`));
    const answer = await runCli(args(two, one));
    expect(answer.status).toBe(2);
    expect(answer.stderr).toMatch(
      /leads back to 127\.0\.0\.1:\d+ through other relays that run here/,
    );
    first.kill("SIGINT");
    expect((await first.finished).status).toBe(0);
  },
);
