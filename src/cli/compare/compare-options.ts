/** How two sides are compared: shared by `compare` and `ab`. */
import type { Options } from "yargs";
import type { CompareOptions } from "../../api/compare-options.ts";
import { UserError } from "../../base/errors.ts";
import { flag, once, ratioBetween } from "../arguments/options.ts";

/** Enough to detect a change of 10 % at the default tolerance, if runs scatter by some percent: docs/baselines.md. */
export const defaultPairs = 10;

export const compareOptions = {
  alpha: {
    type: "string",
    requiresArg: true,
    defaultDescription: "0.05",
    describe: "how often a difference may be reported where there is none, over all metrics",
    coerce: once("alpha", ratioBetween("alpha", 1e-6, 0.5)),
  },
  tolerance: {
    type: "string",
    requiresArg: true,
    defaultDescription: "5%",
    describe: "how much worse a metric may be",
    coerce: once("tolerance", ratioBetween("tolerance", 0, 1)),
  },
  metrics: {
    type: "string",
    requiresArg: true,
    defaultDescription: "p50, p90, p99 of response time and the rate of replies",
    describe:
      "metrics to compare, separated by commas: responseTime.p99.9,servers.echo.rssBytesPeak",
    coerce: once("metrics", (text) => {
      const names = text.split(",").map((name) => name.trim());
      if (names.every((name) => name !== "")) return names;
      throw new UserError(`--metrics ${text}: a name is missing between the commas`);
    }),
  },
} as const satisfies Record<string, Options>;

/** Formats in which a comparison can be written: shared by `compare` and `ab`. */
export const comparisonExports = {
  html: flag("write the comparison as an HTML page"),
  junit: flag("write it as JUnit XML: one test for each metric"),
  markdown: flag("write it as GitHub's Markdown"),
} as const satisfies Record<string, Options>;

/** Returns what was given of them. */
export function comparisonChoices(args: Readonly<Record<string, unknown>>): CompareOptions {
  const { alpha, tolerance, metrics } = args as {
    alpha?: number;
    tolerance?: number;
    metrics?: string[];
  };
  return {
    ...(alpha === undefined ? {} : { alpha }),
    ...(tolerance === undefined ? {} : { tolerance }),
    ...(metrics === undefined ? {} : { metrics }),
  };
}
