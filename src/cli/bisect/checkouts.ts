/** Checkouts of revisions, each built once, gone at the end. */
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitStatus } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import type { Interrupts } from "../terminal/interrupts.ts";
import { type Commit, git, shortHash, withoutGitVariables } from "./history.ts";

/** A checkout that is built, or why there is none. */
export type Checkout =
  | { readonly folder: string; readonly failed: null }
  | { readonly folder: null; readonly failed: string };

export class Checkouts {
  readonly #repository: string;
  readonly #build: string | null;
  readonly #logFolder: string;
  readonly #made = new Map<string, Checkout>();
  #folder: string | null = null;

  /** @param logFolder what builds print goes there; it exists */
  constructor(repository: string, build: string | null, logFolder: string) {
    this.#repository = repository;
    this.#build = build;
    this.#logFolder = logFolder;
    process.on("exit", this.#remove);
  }

  has({ hash }: Commit): boolean {
    return this.#made.has(hash);
  }

  /** Checks a revision out and builds it; the second time it is there already. */
  async of(commit: Commit, interrupts: Interrupts): Promise<Checkout> {
    const known = this.#made.get(commit.hash);
    if (known !== undefined) return known;
    this.#folder ??= mkdtempSync(join(realpathSync(tmpdir()), "slash8-bisect-"));
    const folder = join(this.#folder, shortHash(commit));
    const add = ["worktree", "add", "--quiet", "--detach", "--force", folder, commit.hash];
    git(this.#repository, "-c", "core.hooksPath=/dev/null", ...add);
    const failed = this.#build === null ? null : await this.#run(commit, folder, interrupts);
    const made: Checkout = failed === null ? { folder, failed } : { folder: null, failed };
    if (interrupts.count === 0) this.#made.set(commit.hash, made);
    return made;
  }

  /** Removes them all; again does nothing. */
  end(): void {
    process.off("exit", this.#remove);
    this.#remove();
  }

  readonly #remove = (): void => {
    if (this.#folder === null) return;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    this.#folder = null;
    try {
      git(this.#repository, "worktree", "prune");
    } catch {
      // The repository is gone, or the user has stopped git as well: git does it by itself in time.
    }
  };

  /** @returns why it failed; null: it did not */
  async #run(commit: Commit, folder: string, interrupts: Interrupts): Promise<string | null> {
    const log = join(this.#logFolder, `build-${shortHash(commit)}.log`);
    const output = openSync(log, "w");
    const child = spawn("/bin/sh", ["-c", this.#build as string], {
      cwd: folder,
      env: withoutGitVariables(process.env),
      stdio: ["ignore", output, output],
      detached: true,
    });
    closeSync(output);
    const signal = (name: NodeJS.Signals) => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, name);
      } catch {
        // Nothing of it is left.
      }
    };
    interrupts.onRequest = (count) => {
      signal(count > 1 ? "SIGKILL" : "SIGTERM");
      if (count > 2) process.exit(exitStatus.interrupted);
    };
    const ended = await new Promise<string | null>((resolve) => {
      child.on("error", (error) => resolve(error.message));
      child.on("exit", (code, by) =>
        resolve(code === 0 ? null : `exit status ${code ?? `none, ended by ${by}`}`),
      );
    });
    interrupts.onRequest = () => {};
    // What a build leaves behind would be in the way of the runs.
    signal("SIGKILL");
    if (ended === null) return null;
    const [last = ""] = readFileSync(log, "utf8").trimEnd().split("\n").slice(-1);
    return `${ended}${last === "" ? "" : `: ${printable(last).slice(0, 200)}`} (${log})`;
  }
}
