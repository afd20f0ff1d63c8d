import { expect, test } from "vitest";
import { preflight } from "../../../src/preflight/preflight.ts";
import { host, machine, plan, workload } from "../fakes.ts";

const one = workload({ name: "one", connections: 10 });
const two = workload({ name: "two", connections: 10 });

/** Findings about two workloads with these sources. */
function found(...sources: readonly (readonly [string, string])[][]) {
  const whole = plan({ workloads: [one, two] });
  const workloads = whole.workloads.map((each, index) => ({
    ...each,
    space: { ...each.space, sources: sources[index] ?? [] },
  }));
  return preflight({ ...whole, workloads }, machine(), host());
}

test("workloads with addresses of their own: nothing to say", () => {
  expect(found([["127.16.0.0", "127.16.0.255"]], [["127.17.0.0", "127.17.0.255"]])).toEqual([]);
  expect(found([["127.16.0.1", "127.16.0.1"]], [["::1", "::1"]])).toEqual([]);
});

test("shared addresses are pointed out, with both names", () => {
  const wide: [string, string][] = [["127.16.0.0", "127.16.255.255"]];
  const parts: [string, string][] = [
    ["127.16.9.1", "127.16.9.5"],
    ["127.16.77.1", "127.16.77.1"],
  ];
  const [result, ...others] = found(wide, parts);
  expect(others).toEqual([]);
  expect(result).toMatchObject({ level: "note", check: "sharedSources" });
  expect(result?.message).toContain(
    "workloads one and two share source addresses (127.16.9.1-127.16.9.5 and more)",
  );
  expect(found(wide, [["127.16.9.1", "127.16.9.1"]])[0]?.message).toContain("(127.16.9.1):");
});
