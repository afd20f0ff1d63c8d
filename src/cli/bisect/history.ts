/** The commits between two revisions of a git repository. */
import { spawnSync } from "node:child_process";
import { UserError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";

export interface Commit {
  readonly hash: string;
  readonly author: string;
  /** ISO 8601. */
  readonly date: string;
  readonly subject: string;
}

export interface History {
  /** Top folder of the repository. */
  readonly repository: string;
  /** From the good revision to the bad one, along first parents; at least two. */
  readonly commits: readonly Commit[];
}

/** Variables by which git would take another repository for the one that it is in, as within a hook. */
const ownVariables = /^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|OBJECT_DIRECTORY|COMMON_DIR)$/;

/** The environment without what git sets for its own children. */
export function withoutGitVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ownVariables.test(name)));
}

/**
 * Runs git to its end.
 *
 * @returns what it printed
 * @throws  UserError with what git said
 */
export function git(folder: string, ...args: readonly string[]): string {
  const { error, status, signal, stdout, stderr } = spawnSync("git", ["-C", folder, ...args], {
    encoding: "utf8",
    env: withoutGitVariables(process.env),
    maxBuffer: 2 ** 28,
  });
  if (error !== undefined) throw new UserError(`git cannot be started: ${error.message}`);
  if (status === 0) return stdout;
  const why = signal === null ? printable(stderr.trim()) : `it was ended by ${signal}`;
  throw new UserError(`git ${args.find((word) => /^[a-z]/.test(word))} failed: ${why}`);
}

/**
 * Reads the history between two revisions, along first parents: what was merged counts as its merge commit.
 *
 * @throws UserError where there is no repository or revision, or the good one is not in the first parents of the bad one
 */
export function readHistory(folder: string, good: string, bad: string): History {
  const repository = git(folder, "rev-parse", "--show-toplevel").trimEnd();
  const [from, to] = [resolve(repository, "good", good), resolve(repository, "bad", bad)];
  if (from === to) {
    throw new UserError(
      `--good ${good} and --bad ${bad} are the same commit: nothing lies between`,
    );
  }
  const format = "--format=%H%x00%an%x00%aI%x00%s";
  const read = (...args: readonly string[]): Commit[] =>
    git(repository, "log", format, ...args)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [hash = "", author = "", date = "", subject = ""] = line.split("\0");
        return { hash, author: printable(author), date, subject: printable(subject) };
      });
  const later = read("--first-parent", "--reverse", to, `^${from}`);
  const [oldest] = later;
  const before =
    oldest === undefined ? "" : git(repository, "rev-list", "--parents", "-n", "1", oldest.hash);
  if (before.trim().split(" ")[1] !== from) {
    const swapped = later.length === 0 ? "; are the two the wrong way round?" : "";
    throw new UserError(
      `--good ${good} is not among the first parents of --bad ${bad}${swapped || `: give a commit that "git log --first-parent ${bad}" shows`}`,
    );
  }
  return { repository, commits: [...read("-n", "1", from), ...later] };
}

function resolve(repository: string, option: string, revision: string): string {
  try {
    const given = `${revision}^{commit}`;
    return git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", given)
      .trim()
      .split("\n")
      .at(-1) as string;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`--${option} ${revision}: there is no such commit in ${repository}`);
  }
}

/** How a commit is named to people. */
export function shortHash({ hash }: Commit): string {
  return hash.slice(0, 10);
}
