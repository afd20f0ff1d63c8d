import uPlot from "uplot";
import { element } from "./dom.ts";
import { themeName } from "./theme.ts";

/** What a frame draws. */
export interface Drawing {
  /** What the options depend on: while it stays the same, new data can be put into the same plot. */
  readonly shape: string;
  readonly options: Omit<uPlot.Options, "width" | "height" | "hooks">;
  readonly data: uPlot.AlignedData;
  /** Draws below and above the lines. */
  readonly below?: (plot: uPlot) => void;
  readonly above?: (plot: uPlot) => void;
  readonly cursorMoved?: (plot: uPlot) => void;
}

/** With time along x, zoom and cursor are those of the whole page. */
export type Along = "time" | "own";

const height = 210;
/** A page of A4 or letter between its margins, in CSS pixels. */
const paperWidth = 660;
let onPaper = false;

/** The range of time shown by all charts over time; null: all of it. */
let zoom: { readonly min: number; readonly max: number } | null = null;
const frames = new Set<PlotFrame>();

/** A chart with its title and controls: updates its size, colours and zoom while it is on the page. */
export class PlotFrame {
  readonly node: HTMLElement;
  private readonly host = element("div", "plot");
  private readonly below = element("div", "below");
  private readonly observer = new ResizeObserver(() => this.fit());
  private plot: uPlot | null = null;
  private note = "";
  private readonly along: Along;
  private drawing: Drawing | null = null;
  /** What the current plot was made for. */
  private shape = "";

  /** @param controls shown next to the title */
  constructor(title: string, along: Along, controls: readonly HTMLElement[]) {
    this.along = along;
    const caption = element("figcaption", "", element("h4", "", title), ...controls);
    this.node = element("figure", "chart", caption, this.host, this.below);
    this.observer.observe(this.host);
    frames.add(this);
  }

  /** Replaces the drawing. */
  show(drawing: Drawing, note: string): void {
    this.drawing = drawing;
    this.note = note;
    const shape = `${themeName()} ${onPaper} ${drawing.shape}`;
    if (this.plot === null || shape !== this.shape) {
      this.shape = shape;
      this.rebuild();
    } else this.update(this.plot, drawing.data);
  }

  /** Setting only the data would reset the zoom. */
  private update(plot: uPlot, data: uPlot.AlignedData): void {
    plot.batch(() => {
      plot.setData(data);
      if (zoom !== null && this.along === "time") plot.setScale("x", zoom);
    });
  }

  /** A line of text below the chart; empty: the note. */
  showText(text: string): void {
    this.below.textContent = text === "" ? this.note : text;
  }

  private rebuild(): void {
    const width = onPaper ? paperWidth : this.host.clientWidth;
    this.plot?.destroy();
    this.plot = null;
    this.showText("");
    if (width > 0) this.build(width);
  }

  /** Shows the page's range of time. */
  applyZoom(): void {
    const { plot } = this;
    if (plot === null || this.along !== "time") return;
    const range = zoom ?? wholeRange(plot);
    const { min, max } = plot.scales.x ?? {};
    if (min !== range.min || max !== range.max) plot.setScale("x", range);
  }

  dispose(): void {
    this.observer.disconnect();
    this.plot?.destroy();
    this.plot = null;
    frames.delete(this);
  }

  private fit(): void {
    const width = this.host.clientWidth;
    if (width === 0) return;
    if (this.plot === null) this.build(width);
    else if (this.plot.width !== width) this.plot.setSize({ width, height });
  }

  private build(width: number): void {
    if (this.drawing === null) return;
    const { options, data } = this.drawing;
    // Through the frame, as the drawing may change while the plot stays.
    const hooks: uPlot.Hooks.Arrays = {
      drawClear: [(plot) => this.drawing?.below?.(plot)],
      draw: [(plot) => this.drawing?.above?.(plot)],
      setCursor: [(plot) => this.drawing?.cursorMoved?.(plot)],
      setScale: [(plot, key) => key === "x" && this.along === "time" && zoomTo(plot)],
    };
    this.plot = new uPlot({ ...options, width, height, hooks }, data, this.host);
    this.applyZoom();
  }
}

/** One chart was zoomed: all others over time follow. */
function zoomTo(plot: uPlot): void {
  const { min, max } = plot.scales.x ?? {};
  if (min === undefined || max === undefined || plot.status === 0) return;
  const whole = wholeRange(plot);
  const next = min <= whole.min && max >= whole.max ? null : { min, max };
  if (next?.min === zoom?.min && next?.max === zoom?.max) return;
  zoom = next;
  for (const frame of frames) frame.applyZoom();
}

/** The range of an unzoomed chart over time: its data's, extended by half a bin on both sides. */
export function wholeRange(plot: uPlot): { min: number; max: number } {
  const x = plot.data[0];
  const [first, second, last] = [x[0] ?? 0, x[1], x.at(-1) ?? 1];
  const half = second === undefined ? 0.5 : (second - first) / 2;
  return { min: first - half, max: last + half };
}

/** Sets whether charts drawn from now on are as wide as a sheet of paper, or as their place on the screen. */
export function drawForPaper(now: boolean): void {
  onPaper = now;
}

/** The cursor that charts over time share. */
export const timeCursor: uPlot.Cursor = {
  y: false,
  drag: { x: true, y: false },
  sync: {
    key: "slash8-time",
    scales: ["x", null],
    filters: { pub: (type) => type === "mousemove" || type === "mouseleave" },
  },
};
