import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { exitStatus, UserError } from "../../src/base/errors.ts";
import { makeLogFolder, removeLogFolder } from "../../src/processes/child-log.ts";
import { makeRunFolder, sweepRunFolders } from "../../src/processes/run-folder.ts";
import { makeTempDir } from "../support/temp-dir.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A process that has ended. */
function endedPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

describe("the folder of a run", () => {
  it("of a process that was killed is removed when the next run makes its own", () => {
    const parent = makeTempDir();
    vi.stubEnv("TMPDIR", parent);
    const left = mkdtempSync(join(parent, "slash8-"));
    writeFileSync(join(left, ".owner"), `${endedPid()} 1\n`);
    writeFileSync(join(left, "server.log"), "words");
    const folder = makeRunFolder();
    expect(readdirSync(parent)).toEqual([folder.slice(parent.length + 1)]);
  });

  it("of a process that has another's number by now is removed as well", () => {
    const parent = makeTempDir();
    const left = mkdtempSync(join(parent, "slash8-"));
    writeFileSync(join(left, ".owner"), `${process.pid} 1\n`);
    // Only Linux tells when a process started.
    expect(sweepRunFolders(parent)).toEqual(process.platform === "linux" ? [left] : []);
  });

  it("of a live process, of nobody, of another container, and what is not a run's, stay", () => {
    const parent = makeTempDir();
    vi.stubEnv("TMPDIR", parent);
    const own = makeRunFolder();
    const kept = mkdtempSync(join(parent, "slash8-"));
    writeFileSync(join(kept, "server.log"), "words");
    const other = join(parent, "other-program");
    mkdirSync(other);
    writeFileSync(join(other, ".owner"), `${endedPid()} 1\n`);
    const odd = mkdtempSync(join(parent, "slash8-"));
    writeFileSync(join(odd, ".owner"), "something else");
    // Its process may live: numbers of another PID namespace say nothing here.
    const container = mkdtempSync(join(parent, "slash8-"));
    writeFileSync(join(container, ".owner"), `${endedPid()} 1 1\n`);
    writeFileSync(join(parent, "slash8-file"), "");
    expect(sweepRunFolders(parent)).toEqual([]);
    for (const folder of [own, kept, other, odd, container]) {
      expect(existsSync(folder)).toBe(true);
    }
  });

  it("is the user's once its logs are kept", () => {
    const parent = makeTempDir();
    vi.stubEnv("TMPDIR", parent);
    const folder = makeLogFolder(null);
    writeFileSync(join(folder, "server.log"), "words");
    expect(removeLogFolder(folder, false)).toBe(false);
    expect(readdirSync(folder)).toEqual(["server.log"]);
    const empty = makeLogFolder(null);
    expect(removeLogFolder(empty, false)).toBe(true);
    expect(existsSync(empty)).toBe(false);
  });

  it.each(["/nonexistent/folder", "/proc"])("cannot be made in %s, which is told", (parent) => {
    vi.stubEnv("TMPDIR", parent);
    let thrown: unknown;
    try {
      makeRunFolder();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UserError);
    expect(thrown).toMatchObject({ status: exitStatus.cannotHold });
    expect((thrown as Error).message).toMatch(
      new RegExp(
        `^the temporary folder ${parent} cannot be written, where the logs .*set TMPDIR to`,
      ),
    );
  });
});
