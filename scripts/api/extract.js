/**
 * What each entry of the package exports, as API Extractor finds it in the declarations of dist/: a report of it, whose diff shows
 * what a change does to users, and its declarations in one text, of which the pages are made.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
} from "@microsoft/api-extractor";

/**
 * @typedef {object} Entry
 * @property {string} name       as in its files: "slash8"
 * @property {string} specifier  what users import
 * @property {string} file       its declarations, in dist/
 */

/**
 * @typedef {Entry & { readonly report: string, readonly declarations: string }} ExtractedEntry
 * Both have the types as well that the exports lead to.
 */

/** @type {readonly Entry[]} */
const entries = [
  { name: "slash8", specifier: "slash8", file: "api/index.d.ts" },
  { name: "vitest", specifier: "slash8/vitest", file: "vitest/index.d.ts" },
  { name: "assert", specifier: "slash8/assert", file: "assert/index.d.ts" },
  { name: "protocol", specifier: "slash8/protocol", file: "protocols/define.d.ts" },
];

const root = fileURLToPath(new URL("../../", import.meta.url));
const files = entries.map(({ file }) => join(root, "dist", file));

/**
 * Of all entries, in one program.
 *
 * @returns {ExtractedEntry[]}
 * @throws Error where API Extractor finds that something is wrong
 */
export function extractEntries() {
  const folder = mkdtempSync(join(tmpdir(), "slash8-api-"));
  try {
    const [first] = /** @type {[Entry, ...Entry[]]} */ ([...entries]);
    const compilerState = CompilerState.create(configOf(first, folder), {
      additionalEntryPoints: files,
    });
    const [main, ...others] = entries.map((entry) => extract(entry, folder, compilerState));
    return main === undefined ? [] : [main, ...others.map((entry) => withoutRepeated(entry, main))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Entry} entry
 * @param {string} folder for what API Extractor writes
 * @param {CompilerState} compilerState
 * @returns {ExtractedEntry}
 */
function extract(entry, folder, compilerState) {
  /** @type {string[]} */
  const problems = [];
  Extractor.invoke(configOf(entry, folder), {
    localBuild: true,
    compilerState,
    messageCallback(message) {
      message.handled = true;
      const isProblem = message.logLevel === "error" || message.logLevel === "warning";
      if (isProblem && message.messageId.startsWith("ae-")) problems.push(message.text);
    },
  });
  if (problems.length > 0) throw new Error(`${entry.specifier}: ${problems.join("; ")}`);
  const read = (/** @type {string} */ name) => readFileSync(join(folder, name), "utf8");
  return {
    ...entry,
    report: read(`${entry.name}.api.md`).replaceAll("\r\n", "\n"),
    declarations: read(`${entry.name}.d.ts`).replaceAll("\r\n", "\n"),
  };
}

/**
 * An entry's report without the types that it leads to and that the main entry's report has.
 *
 * @param {ExtractedEntry} entry
 * @param {ExtractedEntry} main
 */
function withoutRepeated(entry, main) {
  const nameOf = (/** @type {string} */ part) =>
    baseName(/^(?:export )?(?:interface|type|const|class|function) (\w+)/m.exec(part)?.[1] ?? "");
  const there = new Set(main.report.split("\n\n").map(nameOf));
  const isOwn = (/** @type {string} */ part) =>
    !/^\/\/ @public/.test(part) || /^export /m.test(part) || !there.has(nameOf(part));
  return { ...entry, report: entry.report.split("\n\n").filter(isOwn).join("\n\n") };
}

/**
 * @param {string} name as API Extractor tells it from another of that name: `Histogram_2`
 * @returns {string} as its declaration has it
 */
export function baseName(name) {
  return name.replace(/_\d+$/, "");
}

/**
 * @param {Entry} entry
 * @param {string} folder
 */
function configOf({ name, file }, folder) {
  const none = { logLevel: ExtractorLogLevel.None };
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, "package.json"),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, "dist", file),
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "es2023",
            // It follows the names of Node's globals, such as URL, to a library of browsers alone.
            lib: ["es2023", "esnext.disposable", "webworker"],
            types: ["node"],
            module: "nodenext",
            moduleResolution: "nodenext",
            strict: true,
            skipLibCheck: true,
          },
          files,
        },
      },
      apiReport: {
        enabled: true,
        includeForgottenExports: true,
        reportFileName: `${name}.api.md`,
        reportFolder: folder,
        reportTempFolder: join(folder, "temp"),
      },
      dtsRollup: { enabled: true, untrimmedFilePath: join(folder, `${name}.d.ts`) },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning },
          "ae-forgotten-export": none,
          "ae-missing-release-tag": none,
          "ae-undocumented": none,
        },
        // Comments are JSDoc.
        tsdocMessageReporting: { default: none },
      },
    },
  });
}
