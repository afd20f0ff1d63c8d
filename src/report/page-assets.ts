import { readFileSync } from "node:fs";

/** What `npm run build` produces from page/. */
export interface PageAssets {
  /** Defines `slash8Report`; see page/main.ts. */
  readonly script: string;
  readonly style: string;
}

/** Reads the built page's parts; in dist/ they are next to this file. */
export function readPageAssets(): PageAssets {
  const read = (name: string) => readFileSync(new URL(`page/${name}`, import.meta.url), "utf8");
  return { script: read("page.js"), style: read("page.css") };
}
