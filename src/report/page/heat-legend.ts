import { formatCount } from "../../base/units.ts";
import { element } from "./dom.ts";
import { heatColor } from "./theme.ts";

/** Which colour stands for how many. */
export function heatLegend(largest: number): HTMLElement {
  const bar = element("span", "heat-bar");
  const stops = Array.from({ length: 9 }, (_, step) => heatColor(step / 8));
  bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  return element("span", "heat-legend", "1", bar, `${formatCount(Math.max(1, largest))} replies`);
}
