/**
 * Bundles the script of a report's page, including uPlot, and its styles into dist/report/page/, where
 * src/report/page-assets.ts reads them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const source = fileURLToPath(new URL("../src/report/page/", import.meta.url));
const target = fileURLToPath(new URL("../dist/report/page/", import.meta.url));
const charts = createRequire(import.meta.url).resolve("uplot/dist/uPlot.min.css");

await build({
  input: `${source}main.ts`,
  platform: "browser",
  logLevel: "warn",
  output: {
    file: `${target}page.js`,
    format: "iife",
    name: "slash8Report",
    minify: true,
    banner: "/*! with uPlot, (c) Leon Sorokin, MIT licence, https://github.com/leeoniya/uPlot */",
  },
});
writeFileSync(
  `${target}page.css`,
  `${readFileSync(charts, "utf8")}\n${readFileSync(`${source}page.css`, "utf8")}`,
);
