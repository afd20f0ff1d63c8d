import { formatIpv4 } from "../address/ip.ts";
import { type AddressUse, addressUses } from "./address-uses.ts";
import { count } from "./figure-table.ts";
import type { AddressCell, AddressGrid, AddressMap, Table } from "./model.ts";
import type { ReportRun } from "./report-run.ts";

const loopback = 127 * 2 ** 24;
/** More would fill a page. */
const mostCloseUps = 12;
/** Ranges of one owner that are listed. */
const mostRanges = 8;

/** Which addresses of 127.0.0.0/8 were used, and by which workloads and targets: an overview and close-ups. */
export function addressMap(runs: readonly ReportRun[]): AddressMap {
  const uses = addressUses(runs);
  const overview = grid(loopback, 16, uses);
  return {
    owners: uses.map(({ name, kind }) => ({ name, kind })),
    overview,
    closeUps: overview.cells
      .slice(0, mostCloseUps)
      .map(({ index }) => closeUp(loopback + index * 2 ** 16, uses)),
    closeUpsLeftOut: Math.max(0, overview.cells.length - mostCloseUps),
    table: tableOf(uses),
  };
}

/** A /16, or a /24 where all used addresses are in that. */
function closeUp(from: number, uses: readonly AddressUse[]): AddressGrid {
  const blocks = grid(from, 24, uses);
  const [only, ...others] = blocks.cells;
  if (only === undefined || others.length > 0) return blocks;
  return grid(from + only.index * 256, 32, uses);
}

/** 256 blocks from an address on; unused ones are left out. */
function grid(from: number, cellPrefix: 16 | 24 | 32, uses: readonly AddressUse[]): AddressGrid {
  const size = 2 ** (32 - cellPrefix);
  const counts = new Map<number, Map<number, number>>();
  for (const [owner, { ranges }] of uses.entries()) {
    for (const [start, end] of ranges) {
      const [first, last] = [Math.max(start, from), Math.min(end, from + 256 * size - 1)];
      for (let at = first; at <= last; ) {
        const index = Math.floor((at - from) / size);
        const next = from + (index + 1) * size;
        const cell = counts.get(index) ?? new Map<number, number>();
        counts.set(index, cell);
        cell.set(owner, (cell.get(owner) ?? 0) + Math.min(last + 1, next) - at);
        at = next;
      }
    }
  }
  const cells = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([index, cell]): AddressCell => {
      const block = formatIpv4(from + index * size);
      return {
        index,
        block: cellPrefix === 32 ? block : `${block}/${cellPrefix}`,
        uses: [...cell].map(([owner, addresses]) => ({ owner, addresses })),
      };
    });
  return { block: `${formatIpv4(from)}/${cellPrefix - 8}`, cellPrefix, cells };
}

function tableOf(uses: readonly AddressUse[]): Table {
  const used = uses.filter(({ ranges, others }) => ranges.length + others.length > 0);
  const elsewhere = used.some(
    ({ ranges, others }) =>
      others.length > 0 || ranges.some(([from, to]) => from < loopback || to >= loopback + 2 ** 24),
  );
  return {
    title: "Addresses",
    note: elsewhere ? "Addresses outside 127.0.0.0/8 are not on the map." : null,
    columns: [
      { label: "who", kind: "text" },
      { label: "as", kind: "text" },
      { label: "IPv4 addresses", kind: "number" },
      { label: "which", kind: "text" },
      { label: "Wireshark filter", kind: "code" },
    ],
    rows: used.map(({ name, kind, ranges, others, displayFilter }) => [
      name,
      kind,
      count(ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)) ?? "–",
      rangesText(ranges, others),
      displayFilter ?? "–",
    ]),
  };
}

function rangesText(ranges: AddressUse["ranges"], others: readonly string[]): string {
  const texts = [
    ...ranges.map(([from, to]) =>
      from === to ? formatIpv4(from) : `${formatIpv4(from)}–${formatIpv4(to)}`,
    ),
    ...others,
  ];
  const more = texts.length - mostRanges;
  return texts.slice(0, mostRanges).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
