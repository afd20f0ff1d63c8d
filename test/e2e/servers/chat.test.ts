/** Protocols in TypeScript, as whole runs: their modules are loaded by workers, too. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { chatModule, chatServer } from "../../support/chat-module.ts";
import type { RawServer } from "../../support/raw-servers.ts";
import { resultOf, startLoad } from "../runs.ts";

let server: RawServer;
beforeAll(async () => {
  server = await chatServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const scenario = (protocol: string) => `version: 1
name: chat
workloads:
  chatter:
    target: tcp://127.0.0.1:${server.endpoint.port}
    pattern: request
    sources: 127.64.0.0/24
    connections: 4
    protocol: ${protocol}
    message: "hello from {{connection}}"
    exchanges: 40
`;

test("the chat of the documents", async () => {
  const files = { "chat.mts": chatModule() };
  const run = startLoad(scenario("{ ./chat.mts: { room: 3 } }"), [], files);
  const answer = await run.finished();
  expect(answer.stderr).not.toContain("Error");
  const { chatter } = resultOf(run.cwd, answer).workloads;
  expect(chatter?.exchanges).toMatchObject({ sent: 40, received: 40, unsolicited: 0, timedOut: 0 });
  const muted = chatter?.errors.find(({ code }) => code === "CHAT_MUTED")?.count ?? 0;
  expect(chatter?.exchanges.corrupted).toBe(muted);
  expect(muted).toBeGreaterThan(0);
  expect(chatter?.connections).toMatchObject({ opened: 4, openFailed: 0 });
  expect(chatter?.openTime?.count).toBe(4);
});

test("a module that throws ends the run, with its line", async () => {
  const thrown = 'if (bytes[start + 5] === 53) throw new RangeError("on purpose");';
  const module = chatModule().replace("let sequence = 0;", `${thrown} let sequence = 0;`);
  const line = module.split("\n").findIndex((text) => text.includes(thrown)) + 1;
  const files = { "throws.mts": module };
  const run = startLoad(scenario("{ ./throws.mts: { room: 3 } }"), ["--workers", "1"], files);
  const answer = await run.finished();
  expect(answer.status).toBe(4);
  expect(resultOf(run.cwd, answer).run.reasons.join("\n")).toMatch(
    new RegExp(
      `worker 0 exited: protocol \\./throws\\.mts: match threw RangeError: on purpose \\(\\S*throws\\.mts:${line}:\\d+\\)`,
    ),
  );
});
