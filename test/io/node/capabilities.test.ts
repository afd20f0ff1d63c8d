import { expect, test } from "vitest";
import { nodeCapabilities } from "../../../src/io/node/capabilities.ts";

const { reusePortObstacle } = nodeCapabilities;

test.each([
  ["20.20.2", false],
  ["22.11.0", false],
  ["22.12.0", true],
  ["23.0.1", false],
  ["23.1.0", true],
  ["24.0.0", true],
])("Node %s shares UDP ports: %s", (version, can) => {
  const obstacle = reusePortObstacle(version, "linux");
  expect(obstacle === null).toBe(can);
  if (!can) expect(obstacle).toContain(`Node ${version}`);
});

test("where the kernel spreads nothing, no Node does", () => {
  expect(reusePortObstacle("24.0.0", "darwin")).toContain("darwin");
});
