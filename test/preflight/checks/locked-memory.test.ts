import { expect, test } from "vitest";
import type { IoKind } from "../../../src/base/io-kind.ts";
import { lockedMemory } from "../../../src/preflight/checks/locked-memory.ts";
import { host, machine, plan, server, workload } from "../fakes.ts";

function results(io: IoKind, serverIo: IoKind, limitBytes: number, connections = 3000) {
  const made = plan({ workloads: [workload({ connections })], servers: [server()], serverIo });
  const limited = host({ lockedMemory: { limitBytes, pageBytes: 4096 } });
  const facts = machine({ openFilesLimit: 1000 });
  return lockedMemory({
    plan: { ...made, io },
    machine: facts,
    host: limited,
    fanOut: [],
    telemetryObstacle: null,
  });
}

test("rings of clients and servers lock memory, which a user may have so much of", () => {
  const [result] = results("uring", "uring", 64 << 10);
  expect(result).toMatchObject({ level: "refuse" });
  // A client's three; a server's are filled one after the other, with room for a burst.
  expect(result?.message).toMatch(/^7 rings of io_uring need .* of locked memory/);
  expect(result?.remedy).toContain("--memlock=");
  expect(result?.remedy).toContain("--io node");
  expect(results("uring", "uring", 1 << 30)).toEqual([]);
});

test("those of Node's sockets lock none, at either end", () => {
  expect(results("uring", "node", 64 << 10)[0]?.message).toMatch(/^3 rings /);
  expect(results("node", "uring", 64 << 10)[0]?.message).toMatch(/^4 rings /);
  expect(results("node", "node", 0)).toEqual([]);
});
