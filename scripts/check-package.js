/**
 * Looks whether what npm would publish is whole: `npm run package`. Needs dist/ and, for the install, what npm has cached or can
 * fetch. `--keep FOLDER` leaves the archive there. The last line is "N passed, N failed"; the status is 1 where one failed.
 *
 * - publint: what package.json says of files and exports. arethetypeswrong: declarations, as TypeScript resolves them.
 * - What scripts/build-program.js bundles is there, and no module of it imports what is not, or a library that is not among
 *   its dependencies.
 * - Its declarations lead to their sources, for "go to definition".
 * - It is small, and installs without running a script; what is installed works over io_uring and Node's sockets.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { problemAffectsResolutionKind } from "@arethetypeswrong/core/problems";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const { keep } = parseArgs({ options: { keep: { type: "string" } } }).values;
const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const mostPackages = 40;
const mostBytes = 1.5e6;
/** As .attw.json says: how modules resolve. The others are CommonJS, where TypeScript wants `import()`, and what came before 4.7. */
const resolutions = /** @type {const} */ (["node16-esm", "bundler"]);

let passed = 0;
let failed = 0;
const folder = mkdtempSync(join(tmpdir(), "slash8-package-"));
try {
  const archive = pack();
  const size = readFileSync(archive).byteLength;
  report(`at most ${mostBytes / 1e6} MB`, size <= mostBytes ? [] : [`${size} bytes`]);
  if (keep !== undefined) {
    mkdirSync(keep, { recursive: true });
    cpSync(archive, join(keep, `slash8-${manifest.version}.tgz`));
  }
  report("publint", await publintProblems(archive));
  report("arethetypeswrong", await typeProblems(archive));
  const installed = install(archive);
  if (installed !== null) {
    report("entries", entryProblems(installed));
    report("imports", importProblems(installed));
    report("declarations lead to sources", mapProblems(installed));
    smoke(installed);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * @param {string} what
 * @param {readonly string[]} problems
 */
function report(what, problems) {
  console.log(`${problems.length === 0 ? "ok    " : "FAILED"}  ${what}`);
  for (const problem of problems) console.log(`        ${problem}`);
  if (problems.length === 0) passed += 1;
  else failed += 1;
}

/** @returns {string} the archive that npm would publish */
function pack() {
  const { status, stdout, stderr } = npm(
    ["pack", "--ignore-scripts", "--json", "--pack-destination", folder],
    root,
  );
  if (status !== 0) throw new Error(`npm pack: ${stderr}`);
  const [{ filename, size, entryCount }] = JSON.parse(stdout);
  console.log(`${filename}: ${(size / 1e6).toFixed(2)} MB, ${entryCount} files`);
  return join(folder, filename);
}

/** @param {string} archive */
async function publintProblems(archive) {
  const bytes = readFileSync(archive);
  const tarball = /** @type {ArrayBuffer} */ (
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  );
  const { messages, pkg } = await publint({ pack: { tarball }, level: "suggestion", strict: true });
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
}

/** @param {string} archive */
async function typeProblems(archive) {
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(archive)));
  if (analysis.types === false) return ["there are no declarations"];
  const entries = Object.keys(analysis.entrypoints);
  console.log(`        ${entries.join(", ")}`);
  return analysis.problems
    .filter((problem) =>
      resolutions.some((kind) => problemAffectsResolutionKind(problem, kind, analysis)),
    )
    .map((problem) => JSON.stringify(problem));
}

/**
 * @param {string} archive
 * @returns {string | null} the folder of the installed package
 */
function install(archive) {
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  const from = performance.now();
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  const { status, stderr } = npm(["install", ...options, archive], project);
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  const what = `npm install, without scripts, at most ${mostPackages} packages`;
  if (status !== 0) {
    report(what, stderr.trim().split("\n"));
    return null;
  }
  const lock = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8"));
  // Binaries for other platforms are in the lock file, but not installed.
  const packages = Object.keys(lock.packages).filter(
    (path) => path !== "" && existsSync(join(project, path, "package.json")),
  ).length;
  console.log(`        ${packages} packages in ${seconds} s`);
  report(what, packages <= mostPackages ? [] : [`${packages} packages`]);
  return join(project, "node_modules", "slash8");
}

/**
 * What is started as a process or a thread is found by its path: nothing imports it.
 *
 * @param {string} installed
 */
function entryProblems(installed) {
  const script = readFileSync(join(root, "scripts", "build-program.js"), "utf8");
  const list = /^const entries = \[$([\s\S]*?)^\];$/m.exec(script)?.[1] ?? "";
  const entries = [...list.matchAll(/^ {2}"([^"]+)",$/gm)].map(([, name]) => `dist/${name}.js`);
  if (entries.length === 0) return ["scripts/build-program.js: its entries are not found"];
  return entries
    .filter((file) => !existsSync(join(installed, file)))
    .map((file) => `${file} is not among the "files" of package.json`);
}

/** @param {string} installed */
function importProblems(installed) {
  const known = new Set([
    "slash8",
    ...Object.keys(manifest.dependencies),
    ...Object.keys(manifest.peerDependencies ?? {}),
  ]);
  return filesOf(installed, ".js").flatMap((file) => {
    if (file.startsWith(join("dist", "report"))) return [];
    const code = readFileSync(join(installed, file), "utf8");
    return [...code.matchAll(/^(?:import|export)\b[^"'\n]*"([^"\n]+)";$/gm)]
      .concat([...code.matchAll(/\bimport\("([^"\n]+)"\)/g)])
      .map(([, name = ""]) => name)
      .filter((name) =>
        name.startsWith(".")
          ? !existsSync(join(installed, file, "..", name))
          : !isBuiltin(name) && !known.has(/^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? ""),
      )
      .map((name) => `${file} imports ${name}`);
  });
}

/** @param {string} installed */
function mapProblems(installed) {
  const declarations = filesOf(installed, ".d.ts");
  const lost = declarations.filter((file) => {
    const map = join(installed, `${file}.map`);
    if (!existsSync(map)) return true;
    const { sources } = JSON.parse(readFileSync(map, "utf8"));
    return !existsSync(join(map, "..", sources[0]));
  });
  return declarations.length === 0 ? ["there are none"] : lost;
}

/** @param {string} installed */
function smoke(installed) {
  const arguments_ = [join(root, "scripts", "smoke.js"), process.execPath, installed];
  const { stdout } = spawnSync(process.execPath, arguments_, { encoding: "utf8" });
  const counts = /^(\d+) passed, (\d+) failed$/m.exec(stdout);
  console.log(stdout.replace(/\n\d+ passed.*\s*$/, ""));
  passed += Number(counts?.[1] ?? 0);
  failed += Number(counts?.[2] ?? 1);
}

/**
 * @param {string} installed
 * @param {string} ending
 */
function filesOf(installed, ending) {
  return readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join("dist", name));
}

/**
 * @param {readonly string[]} words
 * @param {string} cwd
 */
function npm(words, cwd) {
  return spawnSync("npm", words, { cwd, encoding: "utf8" });
}
