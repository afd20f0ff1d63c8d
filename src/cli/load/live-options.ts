/** Options for watching a run from outside. */
import type { Options } from "yargs";
import { type Endpoint, formatEndpoint } from "../../address/flow.ts";
import { isLoopback } from "../../address/ip.ts";
import { UserError } from "../../base/errors.ts";
import { parseDuration, UnitError } from "../../base/units.ts";
import {
  collectorUrl,
  type HistogramKind,
  histogramKinds,
  type OtlpSettings,
  otlpSettings,
} from "../../live/otlp-settings.ts";
import { parseEndpoint } from "../arguments/endpoint-text.ts";
import { once, oneOf } from "../arguments/options.ts";

/** The default port of OpenTelemetry's Prometheus exporters. */
const defaultMetrics: Endpoint = { address: "127.0.0.1", port: 9464 };

/** After 127.0.0.0/8. */
const defaultUi: Endpoint = { address: "127.0.0.1", port: 8127 };

export const liveOptions = {
  ui: {
    type: "string",
    describe: `serve the report as a live page during the run, at [ADDRESS:]PORT (default: ${formatEndpoint(defaultUi)})`,
    coerce: endpointOr("ui", defaultUi),
  },
  metrics: {
    type: "string",
    describe: `serve Prometheus metrics during the run, at [ADDRESS:]PORT (default: ${formatEndpoint(defaultMetrics)})`,
    coerce: endpointOr("metrics", defaultMetrics),
  },
  otlp: {
    type: "string",
    describe:
      "push the same metrics by OTLP/HTTP to a URL (default: that of OTEL_EXPORTER_OTLP_ENDPOINT, else http://localhost:4318)",
    coerce: (given: unknown) => (given === "" ? "environment" : once("otlp", readCollector)(given)),
  },
  "otlp-histograms": {
    type: "string",
    requiresArg: true,
    defaultDescription: "explicit",
    describe: "buckets of the histograms that are pushed: explicit or exponential",
    coerce: once("otlp-histograms", oneOf("otlp-histograms", histogramKinds)),
  },
  "snapshot-every": {
    type: "string",
    requiresArg: true,
    describe:
      "write what was measured so far beside the result, as <result>.snapshot.json, that often, such as 5m: it is left if the run dies",
    coerce: once("snapshot-every", readInterval),
  },
} as const satisfies Record<string, Options>;

/** A day's result takes a tenth of a second to make and write. */
const leastSnapshotNs = 1e9;

/** Node's timers fire at once beyond that: 24 days. */
const mostSnapshotNs = (2 ** 31 - 1) * 1e6;

function readInterval(text: string): number {
  const wrong = (why: string) =>
    new UserError(`--snapshot-every ${text}: ${why}; write a duration such as 5m`);
  try {
    const ns = parseDuration(text);
    if (ns < leastSnapshotNs) throw wrong("writing takes time, so it is 1s at least");
    if (ns > mostSnapshotNs) throw wrong("it is 24 days at most");
    return ns;
  } catch (error) {
    if (error instanceof UnitError) throw wrong(error.message);
    throw error;
  }
}

/**
 * Reads an option that may be given without a value: [ADDRESS:]PORT, or its default.
 *
 * @returns undefined where the option is not given at all
 */
function endpointOr(name: string, byDefault: Endpoint): (given: unknown) => Endpoint | undefined {
  return (given) => {
    if (given === undefined) return undefined;
    if (given === "") return byDefault;
    const read = once(name, (text) => (/^\d+$/.test(text) ? `${byDefault.address}:${text}` : text));
    try {
      return parseEndpoint(read(given));
    } catch (error) {
      if (!(error instanceof UserError) || Array.isArray(given)) throw error;
      throw new UserError(`--${name} ${error.message}`);
    }
  };
}

/** Reads a collector's URL; without a path, the default path for metrics of OTLP is used. */
function readCollector(text: string): URL {
  const url = collectorUrl("--otlp", text);
  if (url.pathname === "/") url.pathname = "/v1/metrics";
  return url;
}

/**
 * Returns how metrics are to be pushed; undefined where they are not.
 *
 * @throws UserError for a variable of OpenTelemetry that is wrong
 */
export function otlpOf(
  args: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
): OtlpSettings | undefined {
  const given = args.otlp as URL | "environment" | undefined;
  const histograms = (args["otlp-histograms"] as HistogramKind | undefined) ?? null;
  if (given === undefined) {
    if (histograms === null) return undefined;
    throw new UserError("--otlp-histograms is of what --otlp pushes; give --otlp as well");
  }
  return otlpSettings(given === "environment" ? null : given, histograms, env);
}

/**
 * @param served by option, where something is to be served
 * @throws       UserError where the data would be visible outside this machine without --allow-remote
 */
export function refuseRemote(
  served: Readonly<Record<string, Endpoint | undefined>>,
  otlp: URL | undefined,
  allowRemote: boolean,
): void {
  if (allowRemote) return;
  for (const [option, endpoint] of Object.entries(served)) {
    if (endpoint === undefined || isLoopback(endpoint.address)) continue;
    throw new UserError(
      `--${option} ${formatEndpoint(endpoint)} is not a loopback address, so other machines could read it; add --allow-remote if they may`,
    );
  }
  if (otlp !== undefined && !isLocal(otlp.hostname)) {
    throw new UserError(
      `--otlp ${otlp} is not a loopback address, so this run's metrics would leave this machine; add --allow-remote if they may`,
    );
  }
}

/** Names other than localhost may resolve to any address. */
function isLocal(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  if (address === "localhost") return true;
  return /^[\d.]+$|:/.test(address) && isLoopback(address);
}
