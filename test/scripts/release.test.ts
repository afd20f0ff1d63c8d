import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { releaseNotes, releaseProblems, withRelease } from "../../scripts/release.js";
import { makeTempDir } from "../support/temp-dir.ts";

const before = `# Changelog

## [Unreleased]

### Added

- A thing of $& and \`$1\`.

## [0.1.0] - 2026-01-01

- The first.
`;
const after = withRelease(before, "0.2.0", "2026-02-01");
const release = {
  tag: "v0.2.0",
  packageVersion: "0.2.0",
  lockVersion: "0.2.0",
  changelog: after,
};

test("what was unreleased becomes the version", () => {
  expect(after).toContain("## [Unreleased]\n\n## [0.2.0] - 2026-02-01\n\n### Added\n\n- A thing");
  expect(releaseNotes(after, "0.2.0")).toBe("### Added\n\n- A thing of $& and `$1`.");
  expect(releaseNotes(after, "0.1.0")).toBe("- The first.");
  expect(releaseProblems(release)).toEqual([]);
});

test.each([
  [{ tag: "0.2.0" }, /"0.2.0" is not a version: it is to be as v1.2.3/],
  [{ tag: "v0.3.0" }, /package.json has version 0.2.0, the tag 0.3.0/],
  [{ lockVersion: "0.1.0" }, /package-lock.json has version 0.1.0/],
  [{ changelog: before }, /lines under Unreleased: .*prepare/],
  [{ changelog: before }, /has 0.1.0 at its top, not 0.2.0/],
  [{ changelog: after.replace(" - 2026-02-01", "") }, /0.2.0 has no date/],
  [{ changelog: after.replace("### Added\n\n- A thing of $& and `$1`.", "") }, /says nothing/],
  [{ changelog: "# Changelog\n" }, /does not begin with an Unreleased section/],
])("is not published: %j", (change, problem) => {
  const problems = releaseProblems({ ...release, ...change });
  expect(problems).toContainEqual(expect.stringMatching(problem));
});

test.each([
  ["1.2", before, "is not a version"],
  ["0.1.0", before, "has 0.1.0"],
  ["0.3.0", after, "nothing under Unreleased"],
])("cannot be prepared: %s", (version, changelog, problem) => {
  expect(() => withRelease(changelog, version, "2026-02-01")).toThrow(problem);
});

test("the script prepares a release, agrees to its tag and to no other", () => {
  const cwd = makeTempDir();
  const lock = { version: "0.1.0", packages: { "": { version: "0.1.0" } } };
  writeFileSync(join(cwd, "CHANGELOG.md"), before);
  writeFileSync(join(cwd, "package.json"), '{ "version": "0.1.0" }');
  writeFileSync(join(cwd, "package-lock.json"), JSON.stringify(lock));
  const script = fileURLToPath(new URL("../../scripts/release.js", import.meta.url));
  const call = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], {
      cwd,
      encoding: "utf8",
    });
    return [status, stdout + stderr];
  };
  expect(call("prepare", "0.2.0", "2026-02-01")).toEqual([0, ""]);
  expect(readFileSync(join(cwd, "CHANGELOG.md"), "utf8")).toBe(after);
  expect(call("check", "v0.2.0")).toEqual([0, ""]);
  expect(call("check", "v0.2.1")).toEqual([1, expect.stringContaining("tag the commit")]);
  expect(call("notes", "0.2.0")).toEqual([0, "### Added\n\n- A thing of $& and `$1`.\n"]);
  expect(call()).toEqual([2, expect.stringContaining("usage")]);
});
