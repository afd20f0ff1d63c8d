import { describe, expect, test } from "vitest";
import {
  factsOf,
  isEndless,
  patternNames,
  patterns,
  patternsWith,
} from "../../src/scenario/patterns.ts";
import { workloadSchema } from "../../src/scenario/schema/workload.ts";

describe("the patterns' facts", () => {
  test("only name fields of the schema, each once", () => {
    for (const { fields } of Object.values(patterns)) {
      expect(Object.keys(workloadSchema.shape)).toEqual(expect.arrayContaining([...fields]));
      expect(new Set(fields).size).toBe(fields.length);
    }
  });

  test("are the only patterns that a scenario may name", () => {
    const { pattern } = workloadSchema.shape;
    for (const name of patternNames) expect(pattern.parse(name)).toBe(name);
    expect(pattern.safeParse("flood").success).toBe(false);
  });

  test.each([
    ["rate", ["request", "churn", "stream", "broadcast", "session"]],
    ["connectRate", ["request", "hold", "stream", "broadcast", "subscribe"]],
    ["framing", ["request", "hold", "churn", "stream", "subscribe", "session"]],
    ["steps", ["request", "churn", "session"]],
    ["think", ["request", "session"]],
    ["reconnectDelay", ["request", "hold", "stream", "subscribe"]],
    ["keepAlive", ["hold"]],
    ["receivers", ["broadcast"]],
    ["target", null],
  ])("say who takes %s", (field, names) => {
    expect(patternsWith(field)).toEqual(names);
  });

  test.each(["flood", "toString", "__proto__", undefined, 1])("are null for %s", (name) => {
    expect(factsOf(name)).toBeNull();
  });

  test("say which workloads last as long as the others", () => {
    const endless = patternNames.filter((pattern) => isEndless({ pattern, durationNs: null }));
    expect(endless).toEqual(["hold", "subscribe"]);
    expect(isEndless({ pattern: "hold", durationNs: 1 })).toBe(false);
  });
});
