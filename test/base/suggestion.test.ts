import { expect, it } from "vitest";
import { closestName, hintFor } from "../../src/base/suggestion.ts";

const known = ["connections", "connectRate", "rate", "message", "ports"];

it.each([
  ["conections", "connections"],
  ["CONNECTIONS", "connections"],
  ["connectrate", "connectRate"],
  ["mesage", "message"],
  ["prots", "ports"],
  ["rtae", "rate"],
  ["banana", null],
  ["", null],
  ["x".repeat(100_000), null],
])("closest to %.20s is %s", (wrong, name) => expect(closestName(wrong, known)).toBe(name));

it("lists the known names when nothing is close, up to a limit", () => {
  expect(hintFor("banana", known)).toBe(`; known: ${known.join(", ")}`);
  expect(hintFor("banana", [])).toBe("");
  const many = Array.from({ length: 100 }, (_, index) => `server-number-${index}`);
  expect(hintFor("banana", many)).toMatch(/server-number-29, \.\.\.$/);
});

it("accepts a name with a word left out as close, on request", () => {
  const metrics = ["rssBytesPeak", "cpuSeconds"];
  expect(closestName("rssPeak", metrics)).toBeNull();
  expect(closestName("rssPeak", metrics, "half")).toBe("rssBytesPeak");
  expect(hintFor("rssPeak", metrics, "half")).toBe('; did you mean "rssBytesPeak"?');
  expect(hintFor("banana", metrics, "half")).toBe("; known: rssBytesPeak, cpuSeconds");
});
