/**
 * Bundles what the processes and threads of slash8 load, over what tsc wrote for the same files in dist/.
 *
 * Node finds, reads, compiles and links a module in 0.5 ms, and a run had a thousand of them in its three processes and one
 * thread (docs/decisions/0068-a-bundled-program.md). All other files of dist/ stay as tsc wrote them: tests and scripts
 * import them one by one.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const source = fileURLToPath(new URL("../src/", import.meta.url));
const target = fileURLToPath(new URL("../dist/", import.meta.url));

const entries = [
  // What is started as a process or a thread.
  "cli/main",
  "agent/main",
  "agent/worker",
  "servers/process/main",
  "broadcast/main",
  "broadcast/worker",
  "processes/supervisor",
  "scenario/module/worker",
  "scenario/module/protocol-worker",
  "scenario/module/hooks",
  // What users import: the same instances of modules as in the program.
  "api/index",
  "assert/index",
  "vitest/index",
  "protocols/define",
  // In no other file, as it is found from where it is.
  "base/package-file",
];

/** Libraries of many files. The others have few, or load files of theirs by their paths, or are seldom needed. */
const bundled = /^(zod|yaml|@nats-io\/[a-z-]+|tweetnacl)(\/|$)/;

const licences = "bundles/LICENCES.txt";
const notice = `/*! with libraries of others: dist/${licences} has their licences */`;

/** Zod's messages in 50 languages: half of it, of which English is used. */
const zodLocales = /\/zod\/v4\/locales\/index\.js$/;

const { output } = await build({
  input: Object.fromEntries(entries.map((name) => [name, `${source}${name}.ts`])),
  platform: "node",
  external: (id) => /^[^./]/.test(id) && !bundled.test(id),
  logLevel: "warn",
  plugins: [
    {
      name: "zod in English",
      load: (id) => (zodLocales.test(id) ? 'export { default as en } from "./en.js";' : null),
    },
  ],
  output: {
    dir: target,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "bundles/[name].js",
    sourcemap: true,
    banner: ({ moduleIds }) =>
      moduleIds.some((id) => id.includes("/node_modules/")) ? notice : "",
  },
});

/** Folders of the libraries that are in the bundles. */
const libraries = new Set(
  output
    .flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []))
    .flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
);

/** By the text: several libraries have the same. */
const texts = new Map();
for (const folder of [...libraries].toSorted()) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const text = readFileSync(`${folder}/LICENSE`, "utf8").trim();
  texts.set(text, [...(texts.get(text) ?? []), `${name} ${version}, ${license}`]);
}

// Their licences ask for it: the copyright and the text go with every copy.
writeFileSync(
  `${target}${licences}`,
  [...texts]
    .map(([text, names]) => `${names.join("\n")}\n\n${text}\n`)
    .join(`\n${"-".repeat(80)}\n\n`),
);
