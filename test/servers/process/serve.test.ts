/** `runServe`, as built, in its own process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import type { Endpoint } from "../../../src/address/flow.ts";
import type { ServeRequest } from "../../../src/servers/protocol.ts";
import { markedEnvironment, processesWithMark, untilGone } from "../../support/process-tree.ts";
import { Client, request } from "../clients.ts";

const program = fileURLToPath(new URL("../../../dist/servers/process/serve.js", import.meta.url));
const { mark, env } = markedEnvironment();

afterEach(async () => {
  expect(await untilGone(() => processesWithMark(mark))).toEqual([]);
});

/** Starts it, and returns once it has printed `lines` lines to standard output. */
async function serve(what: ServeRequest, lines: number) {
  const script = `
    import { runServe } from ${JSON.stringify(program)};
    runServe(${JSON.stringify(what)}).catch((error) => {
      console.error(error.name + ": " + error.message);
      process.exitCode = error.status;
    });
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += String(chunk);
  });
  const closed = once(child, "close").then(([status, signal]) => ({ status, signal, errors }));
  const endpoints: Endpoint[] = [];
  if (lines > 0) {
    for await (const line of createInterface(child.stdout)) {
      const [, address, port] = /^listening on (.+):(\d+)$/.exec(line) ?? [];
      endpoints.push({ address: String(address), port: Number(port) });
      if (endpoints.length === lines) break;
    }
  }
  return { child, endpoints, closed };
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "serves until %s and prints what it counted",
  async (signal) => {
    const { child, endpoints, closed } = await serve(request("tcp-echo", {}, 2), 2);
    expect(endpoints.map(({ address }) => address)).toEqual(["127.0.0.1", "127.0.0.2"]);
    const client = await Client.connect(endpoints[1] as Endpoint);
    client.socket.write("hello");
    await client.read(5);
    child.kill(signal);
    expect(await closed).toEqual({
      status: 0,
      signal: null,
      errors: "accepted 1, received 1 (5 bytes), replied 1 (5 bytes)\n",
    });
    client.socket.destroy();
  },
);

test("a taken port is the user's error", async () => {
  const first = await serve(request("udp-echo"), 2);
  const listen = [first.endpoints[0] as Endpoint];
  const second = await serve({ ...request("udp-echo"), listen }, 0);
  const { status, errors } = await second.closed;
  expect(status).toBe(2);
  expect(errors).toMatch(/^UserError: cannot serve udp-echo: .*EADDRINUSE/);
  first.child.kill("SIGTERM");
  expect((await first.closed).status).toBe(0);
});

test("its server exits when it is killed", async () => {
  const { child, closed } = await serve(request("udp-sink"), 2);
  child.kill("SIGKILL");
  expect((await closed).signal).toBe("SIGKILL");
});
