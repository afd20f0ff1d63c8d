import { expect, test } from "vitest";
import type { CheckResult } from "../../src/preflight/checks/check-result.ts";
import { renderResults } from "../../src/preflight/render-results.ts";

const results: CheckResult[] = [
  { level: "note", check: "cpus", message: "few CPUs", remedy: "more CPUs" },
  { level: "refuse", check: "memory", message: "too much", remedy: "take less" },
];

test("the worst first, each with its remedy", () => {
  expect(renderResults(results)).toBe(
    "refuse too much [memory]\n       take less\nnote   few CPUs [cpus]\n       more CPUs",
  );
  expect(renderResults([])).toBe("");
});

test("colour marks the level and changes no word", () => {
  const colored = renderResults(results, true);
  expect(colored).toContain("\u001b[31mrefuse\u001b[39m");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is removed
  expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(renderResults(results));
});
