/** The page's script: shows the model that stands in the page, and any that it is given later. */
import type { PageModel } from "../model.ts";
import { redrawAll } from "./plot-frame.ts";
import { drawReport } from "./report.ts";
import { onThemeChange } from "./theme.ts";

const root = document.querySelector<HTMLElement>("#report");
let shown: PageModel | null = null;

/** Draws the page from a model, in place of what it showed before: `slash8Report.show(model)`. */
export function show(model: PageModel): void {
  if (root === null) return;
  shown = model;
  document.title = model.title;
  drawReport(root, model);
}

onThemeChange((forPrint) => {
  if (shown !== null) drawReport(root as HTMLElement, shown);
  redrawAll(forPrint);
  for (const folded of document.querySelectorAll("details")) {
    if (forPrint) {
      folded.dataset.folded = String(!folded.open);
      folded.open = true;
    } else if (folded.dataset.folded === "true") {
      folded.open = false;
      delete folded.dataset.folded;
    }
  }
});

const embedded = document.querySelector("#model")?.textContent;
if (embedded !== null && embedded !== undefined && embedded !== "") {
  show(JSON.parse(embedded) as PageModel);
}
