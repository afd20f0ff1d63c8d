/** A git repository of a test. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTempDir } from "../../support/temp-dir.ts";

export interface TestRepository {
  readonly folder: string;
  readonly git: (...args: readonly string[]) => string;
  /** Writes files and commits them. */
  readonly commit: (subject: string, files: Readonly<Record<string, string>>) => void;
}

export function makeRepository(): TestRepository {
  const folder = makeTempDir();
  // Neither the user's settings nor those of a git that runs the tests count.
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    ...{ GIT_AUTHOR_NAME: "A. Author", GIT_AUTHOR_EMAIL: "a@example.com" },
    ...{ GIT_COMMITTER_NAME: "A. Author", GIT_COMMITTER_EMAIL: "a@example.com" },
    ...{ GIT_AUTHOR_DATE: "2026-01-02T03:04:05Z", GIT_COMMITTER_DATE: "2026-01-02T03:04:05Z" },
  };
  const git = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync("git", args, {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  git("init", "--quiet", "--initial-branch=main");
  return {
    folder,
    git,
    commit(subject, files) {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", subject);
    },
  };
}
