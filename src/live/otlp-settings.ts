/** Where and how metrics are pushed: by `--otlp`, and by the variables that OpenTelemetry's exporters read. */
import { UserError } from "../base/errors.ts";
import type { Labels } from "./family.ts";

export const histogramKinds = ["explicit", "exponential"] as const;
export type HistogramKind = (typeof histogramKinds)[number];

export interface OtlpSettings {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** How long a push may take, with all that is tried again. */
  readonly timeoutMs: number;
  readonly gzip: boolean;
  /** Attributes of the resource, besides and instead of slash8's own. */
  readonly resource: Labels;
  readonly histograms: HistogramKind;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings. Of a variable with and without METRICS in its name the former goes first; an empty one is not set.
 *
 * @param url        as `--otlp` has it; null: given without a URL, so that the environment has it
 * @param histograms as `--otlp-histograms`; null: not given
 * @throws           UserError that names the variable; values of headers are never shown
 * @see              "OpenTelemetry Protocol Exporter": configuration options
 */
export function otlpSettings(
  url: URL | null,
  histograms: HistogramKind | null,
  env: Environment,
): OtlpSettings {
  const read = reader(env);
  checkProtocol(read("PROTOCOL"));
  return {
    url: url ?? urlOf(env),
    headers: headersOf(read("HEADERS")),
    timeoutMs: timeoutOf(read("TIMEOUT")),
    gzip: isGzip(read("COMPRESSION")),
    resource: resourceOf(env),
    histograms: histograms ?? histogramsOf(env),
  };
}

/**
 * Reads a collector's URL.
 *
 * @param name of the option or variable, for messages
 * @throws     UserError
 */
export function collectorUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UserError(`${name} ${text}: give a URL, such as http://127.0.0.1:4318`);
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw new UserError(
      `${name}: metrics cannot be pushed to a URL with a user, a password or a "#"; give one without`,
    );
  }
  return url;
}

const prefix = "OTEL_EXPORTER_OTLP_";
const path = "/v1/metrics";

interface Variable {
  readonly name: string;
  readonly value: string;
}

function variable(env: Environment, name: string): Variable | null {
  const value = env[name]?.trim() ?? "";
  return value === "" ? null : { name, value };
}

function reader(env: Environment): (word: string) => Variable | null {
  return (word) => variable(env, `${prefix}METRICS_${word}`) ?? variable(env, `${prefix}${word}`);
}

function urlOf(env: Environment): URL {
  const own = variable(env, `${prefix}METRICS_ENDPOINT`);
  if (own !== null) return collectorUrl(own.name, own.value);
  const common = variable(env, `${prefix}ENDPOINT`);
  if (common === null) return new URL(`http://localhost:4318${path}`);
  const url = collectorUrl(common.name, common.value);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`;
  return url;
}

function checkProtocol(given: Variable | null): void {
  if (given === null || given.value === "http/json") return;
  throw new UserError(
    `${given.name}=${given.value}: slash8 pushes metrics as http/json alone; set ${prefix}METRICS_PROTOCOL=http/json for it, ` +
      "and an endpoint that takes OTLP over HTTP, which is port 4318 of a collector",
  );
}

/** What this side decides itself. */
const reserved = new Set([
  ...["content-type", "content-encoding", "content-length", "host", "connection"],
  "transfer-encoding",
]);

function headersOf(given: Variable | null): Readonly<Record<string, string>> {
  if (given === null) return {};
  const headers: Record<string, string> = Object.create(null);
  for (const [at, [name, value]] of pairsOf(given).entries()) {
    const fault = !/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name)
      ? "its name is not that of a header"
      : reserved.has(name.toLowerCase())
        ? `${name} is not to be given`
        : /[^\t\x20-\x7e\x80-\xff]/.test(value)
          ? "its value has characters that a header cannot have"
          : null;
    if (fault !== null) throw new UserError(`${given.name}: entry ${at + 1}: ${fault}`);
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

function resourceOf(env: Environment): Labels {
  const attributes = variable(env, "OTEL_RESOURCE_ATTRIBUTES");
  const service = variable(env, "OTEL_SERVICE_NAME");
  return Object.fromEntries([
    ...(attributes === null ? [] : pairsOf(attributes)),
    ...(service === null ? [] : [["service.name", service.value] as const]),
  ]);
}

/** "key1=value1,key2=value2", percent-encoded. @see W3C Baggage, to which OpenTelemetry refers */
function pairsOf({ name, value }: Variable): (readonly [string, string])[] {
  return value
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map((entry, at) => {
      const equals = entry.indexOf("=");
      try {
        if (equals > 0) {
          const [key, text] = [entry.slice(0, equals), entry.slice(equals + 1)];
          return [decodeURIComponent(key.trim()), decodeURIComponent(text.trim())] as const;
        }
      } catch {
        // Not percent-encoded as it must be.
      }
      throw new UserError(
        `${name}: entry ${at + 1} is not of the form key=value; entries are separated by commas, and percent-encoded`,
      );
    });
}

const defaultTimeoutMs = 10_000;
const mostTimeoutMs = 600_000;

function timeoutOf(given: Variable | null): number {
  if (given === null) return defaultTimeoutMs;
  const ms = /^\d{1,9}$/.test(given.value) ? Number(given.value) : 0;
  if (ms >= 1 && ms <= mostTimeoutMs) return ms;
  throw new UserError(
    `${given.name}=${given.value}: give milliseconds, a whole number from 1 to ${mostTimeoutMs}`,
  );
}

function isGzip(given: Variable | null): boolean {
  if (given === null || given.value === "none") return false;
  if (given.value === "gzip") return true;
  throw new UserError(`${given.name}=${given.value}: give gzip or none`);
}

const aggregations: Readonly<Record<string, HistogramKind>> = {
  explicit_bucket_histogram: "explicit",
  base2_exponential_bucket_histogram: "exponential",
};

function histogramsOf(env: Environment): HistogramKind {
  const given = variable(env, `${prefix}METRICS_DEFAULT_HISTOGRAM_AGGREGATION`);
  if (given === null) return "explicit";
  const name = given.value.toLowerCase();
  const kind = Object.hasOwn(aggregations, name) ? aggregations[name] : undefined;
  if (kind !== undefined) return kind;
  throw new UserError(
    `${given.name}=${given.value}: give ${Object.keys(aggregations).join(" or ")}`,
  );
}
