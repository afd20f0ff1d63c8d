import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { scenarioReference } from "../../../src/scenario/schema/reference.ts";
import { workloadSchema } from "../../../src/scenario/schema/workload.ts";

const page = scenarioReference();

it("matches the one in docs/reference/ (else run: npm run schema)", () => {
  const committed = readFileSync(new URL("../../../docs/reference/scenario.md", import.meta.url));
  expect(committed.toString()).toBe(page);
});

/** The cells of a table's row, by the section that it stands in and its first cell. */
function row(section: string, field: string): string[] {
  const text = page.split(/^#+ /m).find((part) => part.startsWith(`\`${section}\`\n`)) ?? "";
  const line = text.split("\n").find((candidate) => candidate.startsWith(`| \`${field}\` |`));
  return (line ?? "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
    .slice(1, -1);
}

it("says of a field what it takes, what holds without it, and for whom it is", () => {
  expect(row("workloads.<name>", "inFlight").slice(1, 4)).toEqual([
    "integer (1 to 65,536)",
    "1",
    "request",
  ]);
  expect(row("workloads.<name>", "framing")[3]).toBe(
    "request, hold, churn, stream, subscribe, session over TCP",
  );
  expect(row("workloads.<name>", "socket")[3]).toBe("UDP");
  expect(row("workloads.<name>", "timeout").slice(1, 4)).toEqual([
    "duration (more than 0)",
    "5s",
    "all",
  ]);
  expect(row("servers.<name>", "stopSignal")[2]).toBe("SIGTERM");
  expect(row("servers.<name>.pause", "every")[2]).toBe("**required**");
  expect(row("workloads.<name>.stages[]", "rate")[1]).toBe("rate");
  expect(row("workloads.<name>.framing.lengthPrefix", "bytes")[1]).toBe("`1`, `2`, `4` or `8`");
});

it("has every field of a workload, each with a text", () => {
  for (const field of Object.keys(workloadSchema.shape)) {
    expect(row("workloads.<name>", field)[4]?.length ?? 0, field).toBeGreaterThan(10);
  }
});

it("has a heading for each of its links", () => {
  const anchors = [...page.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    (title as string)
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor]) => anchor);
  expect(links.length).toBeGreaterThan(15);
  expect(links.filter((anchor) => !anchors.includes(anchor as string))).toEqual([]);
});
