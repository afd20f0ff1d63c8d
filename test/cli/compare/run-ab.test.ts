import { expect, test } from "vitest";
import { turns } from "../../../src/cli/compare/run-ab.ts";

test("two servers take turns so that drift affects both: ABBA", () => {
  expect(turns(4).join("")).toBe("abbaabba");
  expect(turns(3).join("")).toBe("abbaab");
  expect(turns(1)).toEqual(["a", "b"]);
});
