import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ownHello, refusalOf } from "../../src/agent/hello.ts";

const ours = { type: "hello", protocol: 3, version: "1.2.0" } as const;

describe("what an agent says first", () => {
  it("has the version of the package", () => {
    const manifest = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");
    expect(ownHello()).toMatchObject({
      type: "hello",
      version: (JSON.parse(manifest) as { version: string }).version,
    });
  });

  it("is accepted where it is the same", () => {
    expect(refusalOf("agent 0", { ...ours }, ours)).toBeNull();
  });

  it("is refused with both versions named where slash8 is another", () => {
    expect(refusalOf("agent 0", { ...ours, version: "1.3.0" }, ours)).toBe(
      "agent 0 is of another version: slash8 1.3.0 (protocol 3), and this is slash8 1.2.0 (protocol 3). They would not understand " +
        "each other's plans and results; install the same version in both places, and do not install while a run starts",
    );
  });

  it("is refused where the messages are others", () => {
    expect(refusalOf("agent 1", { ...ours, protocol: 2 }, ours)).toMatch(
      /^agent 1 is of another version: slash8 1\.2\.0 \(protocol 2\), and this is slash8 1\.2\.0 \(protocol 3\)\./,
    );
  });
});
