import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { isInstalled } from "../support/programs.ts";

/** Tests that shellcheck reports nothing for the scripts in a folder. @param count number of scripts */
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
