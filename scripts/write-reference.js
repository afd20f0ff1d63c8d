/** Writes what is made from the schema, the tables of metrics, the declarations and the texts of --help: `npm run schema`. */
import { execSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { apiFiles } from "./api/pages.js";
import { resultJsonSchema } from "./result-schema.js";

const root = new URL("../", import.meta.url);
const { commands, programTexts } = await built("cli/command-line");
const { manPages } = await built("cli/man/man-pages");
const { grafanaDashboard } = await built("live/grafana");
const { metricsReference } = await built("gates/reference");
const { placeholderReference } = await built("messages/template/reference");
const { resultSchema } = await built("results/files/schema");
const { schemaVersion } = await built("results/result");
const { scenarioDeclarations } = await built("scenario/schema/declarations");
const { scenarioJsonSchema } = await built("scenario/schema/json-schema");
const { scenarioReference } = await built("scenario/schema/reference");

mkdirSync(new URL("docs/reference/api/report", root), { recursive: true });
writeFileSync(new URL("schema/scenario.schema.json", root), scenarioJsonSchema());
writeFileSync(
  new URL("schema/result.schema.json", root),
  resultJsonSchema(resultSchema, schemaVersion),
);
writeFileSync(new URL("docs/reference/scenario.md", root), scenarioReference());
writeFileSync(new URL("docs/reference/metrics.md", root), metricsReference());
writeFileSync(new URL("docs/reference/placeholders.md", root), placeholderReference());
writeFileSync(new URL("docs/grafana-dashboard.json", root), grafanaDashboard());
const input = new URL("src/scenario/input.ts", root);
if (readFileSync(input, "utf8") !== scenarioDeclarations()) {
  writeFileSync(input, scenarioDeclarations());
  // The declarations that follow have these types.
  execSync("npm run -s build", { cwd: root, stdio: "inherit" });
}
for (const [name, text] of apiFiles()) writeFileSync(new URL(name, root), text);

rmSync(new URL("man", root), { recursive: true, force: true });
mkdirSync(new URL("man", root));
for (const [name, text] of manPages(programTexts, commands)) {
  writeFileSync(new URL(`man/${name}`, root), text);
}

/** @param {string} name a file of dist/, without its extension */
function built(name) {
  return import(new URL(`dist/${name}.js`, root).href);
}
