// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what scenarios replace
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { scenarioJsonSchema } from "../../../src/scenario/schema/json-schema.ts";

interface Node {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly pattern?: string;
}

const root = JSON.parse(scenarioJsonSchema()) as Node;

it("matches the one in schema/ (else run: npm run schema)", () => {
  const committed = readFileSync(new URL("../../../schema/scenario.schema.json", import.meta.url));
  expect(committed.toString()).toBe(scenarioJsonSchema());
});

function visit(node: Node, path: string, see: (node: Node, path: string) => void): void {
  see(node, path);
  for (const [key, inner] of Object.entries(node.properties ?? {})) {
    visit(inner, `${path}.${key}`, see);
  }
  if (typeof node.additionalProperties === "object") {
    visit(node.additionalProperties, `${path}.*`, see);
  }
  if (node.items !== undefined) visit(node.items, `${path}[]`, see);
  for (const inner of node.anyOf ?? []) visit(inner, path, see);
}

it("describes every field and refuses unknown ones", () => {
  const without: string[] = [];
  const open: string[] = [];
  let fields = 0;
  visit(root, "", (node, path) => {
    for (const [key, field] of Object.entries(node.properties ?? {})) {
      fields++;
      if ((field.description ?? "").length < 5) without.push(`${path}.${key}`);
    }
    if (node.properties !== undefined && node.additionalProperties !== false) open.push(path);
  });
  expect(fields).toBeGreaterThan(80);
  expect(without).toEqual([]);
  expect(open).toEqual([]);
});

it("has patterns that take what is taken, and variables", () => {
  const workload = root.properties?.workloads?.additionalProperties as Node;
  const accepts = (field: string, text: string) =>
    (workload.properties?.[field]?.anyOf ?? []).some(
      ({ pattern }) => pattern !== undefined && new RegExp(pattern).test(text),
    );
  for (const text of ["5s", "1m30s", "250ms", "0", "1.5s", "${T:-5s}"]) {
    expect(accepts("timeout", text)).toBe(true);
  }
  for (const text of ["5", "5 sec", "-1s", ""]) expect(accepts("timeout", text)).toBe(false);
  for (const text of ["5/s", "1200/m", "${R}"]) expect(accepts("rate", text)).toBe(true);
  for (const text of ["5", "1k/s", "5/d"]) expect(accepts("rate", text)).toBe(false);
  expect(accepts("connections", "${N}")).toBe(true);
  expect(accepts("connections", "5")).toBe(false);
});
