import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { isInstalled } from "../support/programs.ts";

/** A test that shellcheck has nothing to say of the scripts in a folder. @param count how many there are */
export function testShellcheck(folder: string, count: number): void {
  test.skipIf(!isInstalled("shellcheck"))("are shellcheck clean", () => {
    const files = readdirSync(folder).filter((file) => file.endsWith(".sh"));
    expect(files).toHaveLength(count);
    const answer = spawnSync("shellcheck", ["--external-sources", "--shell=sh", ...files], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(answer.stdout).toBe("");
    expect(answer.status).toBe(0);
  });
}
