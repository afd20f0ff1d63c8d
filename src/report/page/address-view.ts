import { formatAmount, formatCount } from "../../base/units.ts";
import type { AddressCell, AddressGrid, AddressMap } from "../model.ts";
import { element, svg } from "./dom.ts";
import { tableView } from "./table-view.ts";

const cellSize = 14;
const gap = 1;
const step = cellSize + gap;

/** The map of 127.0.0.0/8: an overview, close-ups of the used parts, a legend, and the same as a table. */
export function addressView({
  owners,
  overview,
  closeUps,
  closeUpsLeftOut,
  table,
}: AddressMap): HTMLElement {
  const names = owners.map(({ name, kind }) => `${name} (${kind})`);
  const legend = element(
    "ul",
    "legend",
    ...owners.map(({ name, kind }, index) =>
      element("li", "", element("span", `swatch ${ownerClass(index)}`), `${name} (${kind})`),
    ),
  );
  return element(
    "div",
    "addresses",
    legend,
    element(
      "div",
      "grids",
      gridView(overview, names, "All of 127.0.0.0/8: a square is a /16, 65,536 addresses"),
      ...closeUps.map((grid) =>
        gridView(
          grid,
          names,
          `${grid.block}: a square is ${grid.cellPrefix === 32 ? "an address" : "a /24, 256 addresses"}`,
        ),
      ),
    ),
    closeUpsLeftOut > 0
      ? element(
          "p",
          "note",
          `${formatCount(closeUpsLeftOut)} more blocks were used; the table lists them.`,
        )
      : null,
    tableView(table),
  );
}

function gridView(grid: AddressGrid, names: readonly string[], title: string): HTMLElement {
  const used = new Map(grid.cells.map((cell) => [cell.index, cell]));
  const side = 16 * step;
  const labelWidth = grid.cellPrefix === 32 ? 100 : 64;
  const squares = Array.from({ length: 256 }, (_, index) => {
    const [x, y] = [labelWidth + (index % 16) * step, Math.floor(index / 16) * step];
    const cell = used.get(index);
    return cell === undefined
      ? svg("rect", { x, y, width: cellSize, height: cellSize, class: "unused" })
      : usedSquare(cell, x, y, names);
  });
  const labels = Array.from({ length: 8 }, (_, row) => {
    const label = svg("text", { x: labelWidth - 6, y: 2 * row * step + 11, class: "row" });
    label.textContent = rowLabel(grid, 32 * row);
    return label;
  });
  const picture = svg(
    "svg",
    {
      viewBox: `0 0 ${labelWidth + side} ${side}`,
      width: labelWidth + side,
      height: side,
      role: "img",
    },
    ...labels,
    ...squares,
  );
  picture.setAttribute("aria-label", title);
  return element("figure", "grid", element("figcaption", "", title), picture);
}

/** The first address of the row: "127.64", "127.64.32", "127.0.0.96". */
function rowLabel({ block, cellPrefix }: AddressGrid, index: number): string {
  const octets =
    block
      .split("/")[0]
      ?.split(".")
      .slice(0, cellPrefix / 8 - 1) ?? [];
  return [...octets, index].join(".");
}

/** As many stripes as owners. */
function usedSquare(cell: AddressCell, x: number, y: number, names: readonly string[]): SVGElement {
  const width = cellSize / cell.uses.length;
  const tip = svg("title", {});
  tip.textContent = [
    cell.block,
    ...cell.uses.map(({ owner, addresses }) => {
      return `${names[owner]}: ${formatAmount(addresses, "address", "addresses")}`;
    }),
  ].join("\n");
  const stripes = cell.uses.map(({ owner }, index) =>
    svg("rect", {
      x: x + index * width,
      y,
      width,
      height: cellSize,
      class: ownerClass(owner),
    }),
  );
  return svg("g", { class: "used" }, tip, ...stripes);
}

/** Colours are in page.css, as the map is not a canvas. */
function ownerClass(owner: number): string {
  return `owner-${owner % 8}`;
}
