import { expect, test } from "vitest";
import type { Finding } from "../../src/preflight/checks/finding.ts";
import { renderFindings } from "../../src/preflight/render-findings.ts";

const findings: Finding[] = [
  { level: "note", check: "cpus", message: "few CPUs", remedy: "more CPUs" },
  { level: "refuse", check: "memory", message: "too much", remedy: "take less" },
];

test("the worst first, each with its remedy", () => {
  expect(renderFindings(findings)).toBe(
    "refuse too much [memory]\n       take less\nnote   few CPUs [cpus]\n       more CPUs",
  );
  expect(renderFindings([])).toBe("");
});

test("colour marks the level and changes no word", () => {
  const colored = renderFindings(findings, true);
  expect(colored).toContain("\u001b[31mrefuse\u001b[39m");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is removed
  expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(renderFindings(findings));
});
