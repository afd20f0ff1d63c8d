/** The page's script: shows the model embedded in the page, and any that it receives later. */
import type { PageModel } from "../model.ts";
import { follow } from "./follow.ts";
import { drawForPaper } from "./plot-frame.ts";
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
  if (!forPrint) fold();
  drawForPaper(forPrint);
  if (shown !== null) show(shown);
  if (forPrint) unfold();
});

/** On paper nothing can be unfolded. */
function unfold(): void {
  for (const folded of document.querySelectorAll<HTMLDetailsElement>("details:not([open])")) {
    folded.dataset.folded = "";
    folded.open = true;
  }
}

function fold(): void {
  for (const unfolded of document.querySelectorAll<HTMLDetailsElement>("[data-folded]")) {
    delete unfolded.dataset.folded;
    unfolded.open = false;
  }
}

const embedded = document.querySelector("#model")?.textContent;
if (embedded !== null && embedded !== undefined && embedded !== "") {
  show(JSON.parse(embedded) as PageModel);
}

const events = root?.dataset.events;
if (events !== undefined) follow(events, show);
