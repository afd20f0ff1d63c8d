import { expect, test } from "vitest";
import { reusePortObstacle } from "../../src/io/capabilities.ts";

test.each([
  ["20.20.2", false],
  ["22.11.0", false],
  ["22.12.0", true],
  ["23.0.1", false],
  ["23.1.0", true],
  ["24.0.0", true],
])("Node %s shares UDP ports: %s", (version, can) => {
  const obstacle = reusePortObstacle("node", version, "linux");
  expect(obstacle === null).toBe(can);
  if (!can) expect(obstacle).toContain(`Node ${version}`);
});

test("io_uring does, whatever the Node; where the kernel spreads nothing, Node does not", () => {
  expect(reusePortObstacle("uring", "20.19.0", "linux")).toBeNull();
  expect(reusePortObstacle("node", "24.0.0", "darwin")).toContain("darwin");
});
