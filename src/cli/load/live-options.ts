/** Options of those who watch a run from outside. */
import type { Options } from "yargs";
import { type Endpoint, formatEndpoint } from "../../address/flow.ts";
import { isLoopback } from "../../address/ip.ts";
import { UserError } from "../../base/errors.ts";
import { parseEndpoint } from "../arguments/endpoint-text.ts";
import { once } from "../arguments/options.ts";

/** The port that OpenTelemetry's Prometheus exporters take by default. */
const defaultMetrics: Endpoint = { address: "127.0.0.1", port: 9464 };

/** After 127.0.0.0/8. */
const defaultUi: Endpoint = { address: "127.0.0.1", port: 8127 };

export const liveOptions = {
  ui: {
    type: "string",
    describe: `serve the report's page while it runs, at [ADDRESS:]PORT (default: ${formatEndpoint(defaultUi)})`,
    coerce: endpointOr("ui", defaultUi),
  },
  metrics: {
    type: "string",
    describe: `serve Prometheus metrics while it runs, at [ADDRESS:]PORT (default: ${formatEndpoint(defaultMetrics)})`,
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
 * Reads an option that may stand alone: [ADDRESS:]PORT, or what it is without.
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

/** Reads a collector's URL; where it has no path, that of metrics is taken, as OTLP has it. */
function readCollector(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UserError(`--otlp ${text}: give a URL, such as http://127.0.0.1:4318`);
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw new UserError(`--otlp: a URL with a user, a password or a "#" cannot be pushed to`);
  }
  if (url.pathname === "/") url.pathname = "/v1/metrics";
  return url;
}

/**
 * @param served by option, where something is to be served
 * @throws       UserError where others could read, or would be told, and nobody said they may
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
      `--${option} ${formatEndpoint(endpoint)} is no loopback address: others could read it; add --allow-remote if they may`,
    );
  }
  if (otlp !== undefined && !isLocal(otlp.hostname)) {
    throw new UserError(
      `--otlp ${otlp} is no loopback address: others would be told of this run; add --allow-remote if they may`,
    );
  }
}

/** Names other than localhost may stand for any address. */
function isLocal(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  if (address === "localhost") return true;
  return /^[\d.]+$|:/.test(address) && isLoopback(address);
}
