import { expect, test } from "vitest";
import { formatLocalRoute, parseLocalRoutes } from "../../src/address/local-routes.ts";

const zeros = "0".repeat(32);

function route(destination: string, prefix: string, flags: string, device: string): string {
  const metrics = "00000400 00000001 00000000";
  return `${destination} ${prefix} ${zeros} 00 ${zeros} ${metrics} ${flags} ${device.padStart(8)}`;
}

test("local routes over lo, and no others", () => {
  const table = [
    route(`fd000127${"0".repeat(24)}`, "40", "80000001", "lo"),
    route(`${"0".repeat(31)}1`, "80", "80200001", "lo"),
    route(`fd00${"0".repeat(27)}2`, "80", "80200001", "eth0"),
    route(zeros, "00", "00200200", "lo"),
    route(`fe80${"0".repeat(28)}`, "40", "00000001", "eth0"),
    "",
  ].join("\n");
  expect(parseLocalRoutes(table).map(formatLocalRoute)).toEqual(["fd00:127::/64", "::1/128"]);
  expect(parseLocalRoutes("")).toEqual([]);
});
