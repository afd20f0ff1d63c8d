import type { Column, Table } from "../model.ts";
import { element } from "./dom.ts";

/** Rows that a table shows before it is folded. */
const mostOpenRows = 16;

/** Columns that fit a phone beside each other; rows of more are shown one under the other there. */
const mostNarrowColumns = 3;

/** A table; a long one is folded. */
export function tableView({ title, note, columns, rows }: Table): HTMLElement {
  const hasHead = columns.some(({ label }) => label !== "");
  const head = element(
    "tr",
    "",
    ...columns.map(({ label, kind }) => {
      const cell = element("th", kind, label);
      cell.scope = "col";
      return cell;
    }),
  );
  const body = rows.map((row) =>
    element("tr", "", ...columns.map((column, index) => cellView(column, row[index] ?? ""))),
  );
  const table = element(
    "div",
    "scroll",
    element(
      "table",
      columns.length > mostNarrowColumns ? "many" : "",
      hasHead ? element("thead", "", head) : null,
      element("tbody", "", ...body),
    ),
  );
  const noteView = note === null ? null : element("p", "note", note);
  if (rows.length <= mostOpenRows) {
    return element("div", "table", element("h4", "", title), table, noteView);
  }
  const summary = element("summary", "", element("h4", "", title), ` ${rows.length} rows`);
  return element("details", "table", summary, table, noteView);
}

function cellView({ kind, label }: Column, text: string): HTMLElement {
  const cell = contentView(kind, text);
  cell.dataset.label = label;
  return cell;
}

function contentView(kind: Column["kind"], text: string): HTMLElement {
  if (kind === "code" && text !== "–") return element("td", kind, element("code", "", text));
  if (kind === "file") {
    const link = element("a", "", text);
    link.href = encodeURIComponent(text);
    return element("td", "text", link);
  }
  if (kind === "verdict") {
    return element("td", kind, element("span", `badge ${text.replace(" ", "-")}`, text));
  }
  return element("td", kind, text);
}
