import { readFileSync } from "node:fs";
import { packageFile } from "../base/package-file.ts";

/** What `npm run build` produces from page/. */
export interface PageAssets {
  /** Defines `slash8Report`; see page/main.ts. */
  readonly script: string;
  readonly style: string;
}

/** Reads the built page's parts. */
export function readPageAssets(): PageAssets {
  const read = (name: string) => readFileSync(packageFile(`dist/report/page/${name}`), "utf8");
  return { script: read("page.js"), style: read("page.css") };
}
