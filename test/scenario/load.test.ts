import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { loadScenario, parseScenario } from "../../src/scenario/parse.ts";
import { ScenarioError } from "../../src/scenario/source/problem.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { chat } from "./samples.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

describe("loadScenario", () => {
  it("reads a file and hashes its bytes", async () => {
    const path = join(makeTempDir(), "chat.yaml");
    writeFileSync(path, `\uFEFF${chat}`);
    const scenario = await loadScenario(path);
    const sum = createHash("sha256").update(readFileSync(path)).digest("hex");
    expect(scenario).toMatchObject({ file: path, sha256: sum, name: "chat" });
    expect(scenario.workloads[0]?.position).toEqual({ file: path, line: 9, column: 3 });
  });

  it.each([
    ["gone.yaml", "there is no such file"],
    [".", "this is a directory"],
    ["a\0b", "characters that are not allowed in paths"],
    ["x".repeat(5000), "the path is too long"],
    ["chat.yaml/x", "part of the path is not a directory"],
  ])("refuses %.20j in one line that names it", async (name, message) => {
    const directory = makeTempDir();
    writeFileSync(join(directory, "chat.yaml"), chat);
    const path = `${directory}/${name}`;
    await expect(loadScenario(path)).rejects.toThrow(UserError);
    await expect(loadScenario(path)).rejects.toThrow(message);
    await expect(loadScenario(path)).rejects.toThrow(path);
  });

  it.each([
    ["too large", Buffer.alloc(1024 * 1024 + 1, "#"), "larger than 1048576 bytes"],
    ["not UTF-8", Buffer.from([0x61, 0xff, 0xfe]), "not UTF-8"],
    ["UTF-16", Buffer.from(`\uFEFF${chat}`, "utf16le"), "but UTF-16; save it"],
  ])("refuses a file that is %s", async (_, bytes, message) => {
    const path = join(makeTempDir(), "s.yaml");
    writeFileSync(path, bytes);
    await expect(loadScenario(path)).rejects.toThrow(UserError);
    await expect(loadScenario(path)).rejects.toThrow(`${path}: this is`);
    await expect(loadScenario(path)).rejects.toThrow(message);
  });

  it("refuses an empty file and one without an end", async () => {
    const path = join(makeTempDir(), "empty.yaml");
    writeFileSync(path, "");
    await expect(loadScenario(path)).rejects.toThrow(ScenarioError);
    await expect(loadScenario(path)).rejects.toThrow(`${path}:1:1: the scenario is empty`);
    await expect(loadScenario("/dev/zero")).rejects.toThrow("/dev/zero: this is larger than");
  });

  it("reads standard input, and pipes named as a file", () => {
    const directory = makeTempDir();
    const script = `
      import { loadScenario } from ${JSON.stringify(join(root, "dist/scenario/parse.js"))};
      const scenario = await loadScenario(process.argv[2]);
      console.log(scenario.name, scenario.file, scenario.workloads[0].position.file);`;
    const program = join(directory, "load.mjs");
    writeFileSync(program, script);
    writeFileSync(join(directory, "chat.yaml"), chat);
    // Through a shell: Node gives its children a socket, which no path leads to.
    const run = (path: string) =>
      execFileSync("sh", ["-c", `cat chat.yaml | "${process.execPath}" load.mjs ${path}`], {
        cwd: directory,
      }).toString();
    expect(run("-")).toBe("chat - -\n");
    expect(run("/dev/stdin")).toBe("chat /dev/stdin /dev/stdin\n");
  });
});

it("parses every scenario that ships, as it is, and finds its question in front", () => {
  const directory = join(root, "scenarios");
  for (const name of readdirSync(directory).filter((file) => file.endsWith(".yaml"))) {
    const path = join(directory, name);
    expect(
      parseScenario(readFileSync(path, "utf8"), path, { env: {} }).workloads.length,
      name,
    ).toBeGreaterThan(0);
    expect(readFileSync(path, "utf8"), name).toMatch(/^#[\s\S]*?\?/);
  }
});
