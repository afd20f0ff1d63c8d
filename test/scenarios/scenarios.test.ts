/** The included scenarios: each is valid, states its question, and uses no fixed ports of other programs. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseGates } from "../../src/run/check-scenario.ts";
import { parseScenario } from "../../src/scenario/parse.ts";

const folder = fileURLToPath(new URL("../../scenarios/", import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

test("includes those that the documentation names", () => {
  expect(files).toEqual(
    expect.arrayContaining([
      "quickstart.yaml",
      "real-redis.yaml",
      "tcp-1m-active.yaml",
      "tcp-1m-hold.yaml",
      "tcp-churn-fast.yaml",
      "tcp-hold-50k.yaml",
      "udp-stream-fast.yaml",
    ]),
  );
});

test.each(files)("%s", (file) => {
  const source = readFileSync(folder + file, "utf8");
  const comment = source.split(/^[^#]/m)[0] ?? "";
  expect(source.split("\n")[0]).toMatch(/^# [A-Z].*\?/);
  expect(comment).toContain("$schema=../schema/scenario.schema.json");

  const scenario = parseScenario(source, folder + file, { env: {} });
  expect(`${scenario.name}.yaml`).toBe(file);
  expect(parseGates(scenario).length).toBeGreaterThan(0);
  for (const { name, kind, listen, command } of scenario.servers) {
    for (const { port } of listen) {
      if (kind === "builtin") expect(port, name).toBe(0);
      else expect(port, name).toBeGreaterThan(10_000);
    }
    if (command !== null) expect(command.missing, name).toBe("skip");
  }
});
