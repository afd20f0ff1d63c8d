/**
 * What a release needs of the files that say its version.
 *
 *     node scripts/release.js prepare 1.2.3 [2026-01-31]   CHANGELOG's Unreleased becomes the version, package.json has it
 *     node scripts/release.js check v1.2.3                 the tag, package.json and CHANGELOG agree; status 1 where not
 *     node scripts/release.js notes 1.2.3                  prints what CHANGELOG says of it
 */
import { readFileSync, writeFileSync } from "node:fs";

/** SemVer, with or without a pre-release. */
const versionPattern = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
const heading = /^## \[([^\]]+)\](?: - (.+))?$/gm;

if (import.meta.filename === process.argv[1]) main(process.argv.slice(2));

/**
 * @param {{ tag: string, packageVersion: string, lockVersion: string, changelog: string }} release
 * @returns {string[]} why it is not one; empty: it can be published
 */
export function releaseProblems({ tag, packageVersion, lockVersion, changelog }) {
  const version = tag.replace(/^v/, "");
  const problems = [];
  if (!tag.startsWith("v") || !versionPattern.test(version)) {
    problems.push(`the tag "${tag}" is not a version: it is to be as v1.2.3`);
  }
  for (const [file, found] of [
    ["package.json", packageVersion],
    ["package-lock.json", lockVersion],
  ]) {
    if (found !== version) {
      problems.push(`${file} has version ${found}, the tag ${version}: tag the commit that has it`);
    }
  }
  const [unreleased, newest] = sections(changelog);
  if (unreleased?.name !== "Unreleased") {
    problems.push("CHANGELOG.md does not begin with an Unreleased section");
  } else if (unreleased.text !== "") {
    problems.push(
      "CHANGELOG.md has lines under Unreleased: node scripts/release.js prepare moves them to the version",
    );
  }
  if (newest?.name !== version) {
    problems.push(`CHANGELOG.md has ${newest?.name ?? "no version"} at its top, not ${version}`);
  } else {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(newest.date)) {
      problems.push(`CHANGELOG.md: ${version} has no date, as in "## [${version}] - 2026-01-31"`);
    }
    if (newest.text === "") problems.push(`CHANGELOG.md says nothing of ${version}`);
  }
  return problems;
}

/**
 * @param {string} changelog
 * @param {string} version
 * @returns {string} what it says of the version, without its heading
 */
export function releaseNotes(changelog, version) {
  const section = sections(changelog).find(({ name }) => name === version);
  if (section === undefined) throw new Error(`CHANGELOG.md does not have ${version}`);
  return section.text;
}

/**
 * @param {string} changelog
 * @param {string} version
 * @param {string} date
 * @returns {string} with what was unreleased under the version, and nothing unreleased
 */
export function withRelease(changelog, version, date) {
  if (!versionPattern.test(version)) throw new Error(`${version} is not a version, as 1.2.3 is`);
  const all = sections(changelog);
  if (all.some(({ name }) => name === version)) throw new Error(`CHANGELOG.md has ${version}`);
  if (all[0]?.name !== "Unreleased") throw new Error("CHANGELOG.md does not begin with Unreleased");
  if (all[0].text === "") throw new Error("CHANGELOG.md has nothing under Unreleased");
  return changelog.replace("## [Unreleased]", () => `## [Unreleased]\n\n## [${version}] - ${date}`);
}

/** @param {string} changelog */
function sections(changelog) {
  const found = [...changelog.matchAll(heading)];
  return found.map((match, index) => ({
    name: match[1] ?? "",
    date: match[2] ?? "",
    text: changelog.slice(match.index + match[0].length, found[index + 1]?.index).trim(),
  }));
}

/** @param {readonly string[]} words */
function main([command, version = "", date = new Date().toISOString().slice(0, 10)]) {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const changelog = readFileSync("CHANGELOG.md", "utf8");
  if (command === "check") {
    const problems = releaseProblems({
      tag: version,
      packageVersion: manifest.version,
      lockVersion: lock.version,
      changelog,
    });
    for (const problem of problems) console.error(problem);
    process.exitCode = problems.length === 0 ? 0 : 1;
  } else if (command === "notes") {
    console.log(releaseNotes(changelog, version));
  } else if (command === "prepare") {
    writeFileSync("CHANGELOG.md", withRelease(changelog, version, date));
    manifest.version = version;
    lock.version = version;
    lock.packages[""].version = version;
    writeFileSync("package.json", `${JSON.stringify(manifest, null, 2)}\n`);
    writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
  } else {
    console.error(
      "usage: node scripts/release.js prepare VERSION [DATE] | check TAG | notes VERSION",
    );
    process.exitCode = 2;
  }
}
