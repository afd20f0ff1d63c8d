import type uPlot from "uplot";

/** Colours for canvases, which style sheets do not reach. The rest is in page.css. */
export interface Theme {
  readonly text: string;
  readonly grid: string;
  readonly outside: string;
  readonly mark: string;
  /** Distinguishable for colour-blind readers as well; after Okabe and Ito. */
  readonly lines: readonly string[];
  /** From few to many. */
  readonly heat: readonly (readonly [number, number, number])[];
}

const light: Theme = {
  text: "#57606a",
  grid: "#e4e8ec",
  outside: "rgba(110, 119, 129, 0.09)",
  mark: "#8250df",
  lines: ["#0072b2", "#d55e00", "#009e73", "#b0568c", "#3a9bdc", "#a87400", "#5b6570", "#7b4fb5"],
  heat: [
    [190, 217, 240],
    [107, 168, 215],
    [36, 105, 168],
    [6, 40, 88],
  ],
};

const dark: Theme = {
  text: "#9aa4af",
  grid: "#2b323b",
  outside: "rgba(140, 150, 160, 0.10)",
  mark: "#b392f0",
  lines: ["#56b4e9", "#f0964a", "#3ecf9f", "#e294c3", "#8fb4ff", "#e6c84f", "#aab4be", "#c6a4f5"],
  heat: [
    [34, 62, 96],
    [46, 116, 168],
    [122, 190, 190],
    [255, 236, 160],
  ],
};

const darkQuery = window.matchMedia("(prefers-color-scheme: dark)");
let printing = false;

/** The theme in use. */
export function themeName(): string {
  return theme() === dark ? "dark" : "light";
}

/** Paper is white whatever the screen is. */
export function theme(): Theme {
  return darkQuery.matches && !printing ? dark : light;
}

/** Calls back when colours change: with the system's setting, and around printing. */
export function onThemeChange(changed: (forPrint: boolean) => void): void {
  darkQuery.addEventListener("change", () => changed(printing));
  for (const [event, now] of [
    ["beforeprint", true],
    ["afterprint", false],
  ] as const) {
    window.addEventListener(event, () => {
      printing = now;
      changed(now);
    });
  }
}

/** Legends show lines as they are drawn: solid, broken, dotted. */
export const legend: uPlot.Legend = {
  live: true,
  markers: {
    dash: (plot, index) => {
      const dash = plot.series[index]?.dash ?? [];
      return dash.length === 0 ? "solid" : (dash[0] ?? 0) < 4 ? "dotted" : "dashed";
    },
  },
};

/** The colour of a line: by run where there are several, else by its index among the chart's lines. */
export function lineColor(run: number, part: number, runs: number): string {
  const { lines, text } = theme();
  if (runs > 1) return lines[run % lines.length] as string;
  return part === 2 ? text : (lines[part % lines.length] as string);
}

/** Several runs: the first of a chart's lines is solid, the others are broken. */
export function lineDash(part: number, runs: number): number[] {
  if (part === 2) return [2, 3];
  return part === 1 && runs > 1 ? [7, 4] : [];
}

/** Colour for a ratio to the largest count, 0 to 1. */
export function heatColor(ratio: number): string {
  const { heat } = theme();
  const at = Math.min(1, Math.max(0, ratio)) * (heat.length - 1);
  const from = heat[Math.min(heat.length - 2, Math.floor(at))] as readonly number[];
  const to = heat[Math.min(heat.length - 1, Math.floor(at) + 1)] as readonly number[];
  const rest = at - Math.min(heat.length - 2, Math.floor(at));
  const channel = (i: number) =>
    Math.round((from[i] as number) + rest * ((to[i] as number) - (from[i] as number)));
  return `rgb(${channel(0)}, ${channel(1)}, ${channel(2)})`;
}
