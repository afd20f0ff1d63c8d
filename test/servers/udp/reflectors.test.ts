import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { leadsBack, Reflectors } from "../../../src/servers/udp/reflectors.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { startUdpEcho } from "../fake-service.ts";

const at = (port: number, address = "127.0.0.1") => ({ address, port });
let folder = "";

beforeEach(() => {
  folder = makeTempDir();
  vi.stubEnv("TMPDIR", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe("Reflectors", () => {
  it("knows where others listen, from when they began until they ended, and not itself", () => {
    const [one, two] = [new Reflectors(), new Reflectors()];
    one.register({ udp: [at(7000)], routes: [] });
    two.register({ udp: [at(7001), at(7002, "0.0.0.0"), at(7003, "::1")], routes: [] });
    expect(two.has(at(7000))).toBe(true);
    expect(two.has(at(7000, "127.0.0.2"))).toBe(false);
    expect(two.has(at(7001))).toBe(false);
    expect(one.has(at(7001))).toBe(false);
    one.tick(1e9);
    expect(one.has(at(7001))).toBe(true);
    expect(one.has(at(7002, "127.9.9.9"))).toBe(true);
    expect(one.has(at(7003, "::1"))).toBe(true);
    expect(one.has(at(7000))).toBe(false);
    two.end();
    one.tick(1.5e9);
    expect(one.has(at(7001))).toBe(true);
    one.tick(2e9);
    expect(one.has(at(7001))).toBe(false);
    one.end();
    expect(readdirSync(join(folder, readdirSync(folder)[0] as string))).toEqual([]);
  });

  it("forgets who was killed", () => {
    const one = new Reflectors();
    one.register({ udp: [], routes: [] });
    const killed = spawnSync(process.execPath, ["-e", ""]).pid;
    const path = join(folder, readdirSync(folder)[0] as string, `${killed}-1.json`);
    writeFileSync(path, JSON.stringify({ owner: `${killed} 1`, udp: [at(7000)], routes: [] }));
    one.look();
    expect(one.has(at(7000))).toBe(false);
    expect(readdirSync(join(path, ".."))).toEqual([
      `${process.pid}-${readdirSync(join(path, ".."))[0]?.split("-")[1]}`,
    ]);
  });

  it("does without, where there is no folder", () => {
    vi.stubEnv("TMPDIR", "/nonexistent");
    const one = new Reflectors();
    one.register({ udp: [at(7000)], routes: [] });
    expect(one.has(at(7000))).toBe(false);
    one.end();
  });
});

it("a server does not answer another one: two echoes would never end", async () => {
  const other = new Reflectors();
  other.register({ udp: [at(7001)], routes: [] });
  const udp = {
    mode: "per-address",
    idleTimeoutNs: 1e9,
    newPeersPerSecond: null,
    remote: false,
  } as const;
  const { transport, service } = await startUdpEcho([at(7000)], udp, 8, new Reflectors());
  transport.receive(0, "before it has looked", 0, at(7001));
  expect(transport.sent.get(0)).toEqual(["before it has looked"]);
  service.tick(1e9);
  transport.receive(0, "x", 1e9, at(7001));
  transport.receive(0, "y", 1e9, at(7001, "127.0.0.2"));
  expect(transport.sent.get(0)).toEqual(["before it has looked", "y"]);
  expect(service.stats().udp?.own).toBe(1);
  other.end();
});

describe("leadsBack", () => {
  const route = (listen: number, target: number, protocol: "tcp" | "udp" = "udp") => ({
    protocol,
    listen: at(listen),
    target: at(target),
  });

  it("finds a way round through other relays", () => {
    expect(leadsBack(route(1, 2), [route(2, 1)])).toEqual(at(2));
    expect(leadsBack(route(1, 2), [route(3, 1), route(2, 3)])).toEqual(at(2));
    const wildcard = { ...route(2, 1), listen: at(2, "0.0.0.0") };
    expect(leadsBack(route(1, 2), [wildcard])).toEqual(at(2));
  });

  it("finds none where there is none", () => {
    expect(leadsBack(route(1, 2), [])).toBeNull();
    expect(leadsBack(route(1, 2), [route(2, 3), route(3, 4)])).toBeNull();
    expect(leadsBack(route(1, 2), [route(2, 1, "tcp")])).toBeNull();
    // Others go round without it: they were told.
    expect(leadsBack(route(1, 2), [route(2, 3), route(3, 2)])).toBeNull();
  });
});
