import { expect, it } from "vitest";
import { formatEndpoint } from "../../src/address/flow.ts";

it("formats endpoints so that address and port can be distinguished", () => {
  expect(formatEndpoint({ address: "127.0.0.1", port: 7000 })).toBe("127.0.0.1:7000");
  expect(formatEndpoint({ address: "::1", port: 53 })).toBe("[::1]:53");
});
