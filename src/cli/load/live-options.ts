/** Options for watching a run from outside. */
import type { Options } from "yargs";
import { type Endpoint, formatEndpoint } from "../../address/flow.ts";
import { isLoopback } from "../../address/ip.ts";
import { UserError } from "../../base/errors.ts";
import { parseEndpoint } from "../arguments/endpoint-text.ts";
import { once } from "../arguments/options.ts";

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
    requiresArg: true,
    describe: "push the same metrics by OTLP/HTTP to a URL, such as http://127.0.0.1:4318",
    coerce: once("otlp", readCollector),
  },
} as const satisfies Record<string, Options>;

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
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UserError(`--otlp ${text}: give a URL, such as http://127.0.0.1:4318`);
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw new UserError(
      `--otlp: metrics cannot be pushed to a URL with a user, a password or a "#"; give one without`,
    );
  }
  if (url.pathname === "/") url.pathname = "/v1/metrics";
  return url;
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
