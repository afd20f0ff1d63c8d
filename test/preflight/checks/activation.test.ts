import { expect, test } from "vitest";
import type { MachineFacts } from "../../../src/plan/plan-types.ts";
import { preflight } from "../../../src/preflight/preflight.ts";
import type { Restart } from "../../../src/scenario/scenario.ts";
import { host, machine, plan, server } from "../fakes.ts";

const restart: Restart = {
  atNs: [1e9],
  everyNs: null,
  order: "startFirst",
  signal: "SIGTERM",
  drainTimeoutNs: 1e9,
};

const find = (platform: MachineFacts["platform"], changes: Parameters<typeof server>[0]) =>
  preflight(plan({ servers: [server(changes)] }), machine({ platform }), host()).filter(
    ({ check }) => check === "activationSockets",
  );

test("sockets are passed on under Linux, and refused elsewhere before anything starts", () => {
  expect(find("linux", { activation: true, restart })).toEqual([]);
  expect(find("darwin", { activation: false })).toEqual([]);
  for (const platform of ["darwin", "other"] as const) {
    const [result, ...others] = find(platform, { activation: true, restart });
    expect(others).toEqual([]);
    expect(result).toMatchObject({ level: "refuse" });
    expect(result?.message).toContain("server echo cannot be passed its sockets");
    expect(result?.message).toContain("only be passed to a server on Linux");
    expect(result?.remedy).toContain("stopFirst");
  }
  const [alone] = find("darwin", { activation: true, restart: null });
  expect(alone?.remedy).toContain("leave activation out");
});
