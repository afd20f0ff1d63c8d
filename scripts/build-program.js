/**
 * Bundles what the processes and threads of slash8 load, over what tsc wrote for the same files in dist/.
 *
 * Node finds, reads, compiles and links a module in 0.5 ms, and a run had a thousand of them in its three processes and one
 * thread (docs/decisions/0068-a-bundled-program.md). All other files of dist/ stay as tsc wrote them: tests and scripts
 * import them one by one.
 */
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

const notice =
  "/*! with zod, (c) Colin McDonnell, MIT licence, and yaml, (c) Eemeli Aro, ISC licence; where it speaks to NATS, with " +
  "nats.js, (c) The NATS Authors, Apache licence 2.0, and tweetnacl, public domain */";

/** Zod's messages in 50 languages: half of it, of which English is used. */
const zodLocales = /\/zod\/v4\/locales\/index\.js$/;

await build({
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
