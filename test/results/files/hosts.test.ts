import { expect, test } from "vitest";
import { buildResult } from "../../../src/results/build/build.ts";
import { resultOf } from "../../../src/results/files/read.ts";
import { resultInput } from "../fixture.ts";

/** As it was written, with changes. */
function written(change: (result: Record<string, never>) => object): unknown {
  const result = JSON.parse(JSON.stringify(buildResult(resultInput())));
  return { ...result, ...change(result) };
}

test("a result of a version without hosts has none", () => {
  const before = written(() => ({ hosts: undefined }));
  expect(resultOf("r.json", before).hosts).toEqual({});
});

test("a host that is not one is refused at its place", () => {
  const wrong = written(({ host }) => ({
    hosts: { a: { version: "1", facts: host, io: "node", agents: 1, workers: [0, -1] } },
  }));
  expect(() => resultOf("r.json", wrong)).toThrow(/^r\.json: hosts\.a\.workers\[1\]: /);
});
