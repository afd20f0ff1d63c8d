import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { type OtlpPace, OtlpPush, retryPauseMs } from "../../src/live/otlp-push.ts";
import { retryAfterOf } from "../../src/live/otlp-send.ts";
import { type OtlpSettings, otlpSettings } from "../../src/live/otlp-settings.ts";
import { freePort } from "../support/ports/free-port.ts";
import { metricsOf } from "./otlp-schema.ts";
import { watchedRun } from "./samples.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function collector(answer: RequestListener): Promise<URL> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, "listening");
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`);
}

const pushTo = (url: URL, pace: Partial<OtlpPace> = {}, change: Partial<OtlpSettings> = {}) =>
  new OtlpPush({ ...otlpSettings(url, null, {}), ...change }, { firstRetryMs: 1, ...pace });

/** Answers with the statuses in turn, the last one again and again; what came is kept. */
async function collectorSaying(
  ...answers: readonly (readonly [status: number, headers?: Record<string, string>])[]
): Promise<{ readonly url: URL; readonly bodies: string[] }> {
  const bodies: string[] = [];
  const url = await collector(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const [status, headers = {}] = answers[Math.min(bodies.push(body), answers.length) - 1] ?? [
      500,
    ];
    response.writeHead(status, headers).end();
  });
  return { url, bodies };
}

/** A run to be watched, and when it first reported something. */
function reportingRun(): {
  readonly run: ReturnType<typeof watchedRun>;
  readonly reported: Promise<void>;
} {
  const run = watchedRun();
  let resolve: () => void = () => {};
  const reported = new Promise<void>((done) => {
    resolve = done;
  });
  const report = (message: string) => {
    run.reports.push(message);
    resolve();
  };
  return { run: { ...run, report }, reported };
}

describe("OtlpPush", () => {
  test("pushes during the run, and at its end", async () => {
    const bodies: string[] = [];
    const heads: (string | undefined)[] = [];
    let seen: () => void = () => {};
    const second = new Promise<void>((resolve) => {
      seen = resolve;
    });
    const url = await collector(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      heads.push(`${request.method} ${request.url} ${request.headers["content-type"]}`);
      if (bodies.push(body) === 2) seen();
      response.end("{}");
    });
    const push = pushTo(url, { intervalMs: 10 });
    const run = watchedRun();
    push.begin(run);
    await second;
    const before = bodies.length;
    await push.end();
    await push.close();
    expect(bodies.length).toBeGreaterThan(before);
    for (const body of bodies) metricsOf(JSON.parse(body));
    expect(new Set(heads)).toEqual(new Set(["POST /v1/metrics application/json"]));
    expect(run.reports).toEqual([]);
  });

  test.each([
    [
      "refuses",
      (_, response) => void response.writeHead(500).end("too\nbusy\u001b[31m"),
      "status 500: too busy [31m",
    ],
    [
      "redirects",
      (_, response) => void response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
      "status 307",
    ],
    [
      "accepts a part",
      (_, response) =>
        void response.end(
          '{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"no gauges"}}',
        ),
      "3 values were rejected: no gauges",
    ],
    ["does not answer", () => {}, "no answer in time"],
  ] satisfies [string, RequestListener, string][])(
    "a collector that %s is reported once, and the run continues",
    async (_name, answer, why) => {
      const url = await collector(answer);
      const hurry = why.startsWith("no answer") ? { timeoutMs: 100 } : {};
      const push = pushTo(url, {}, hurry);
      const run = watchedRun();
      push.begin(run);
      await push.end();
      expect(run.reports).toEqual([
        `--otlp: ${url} did not accept the metrics: ${why}; the run continues`,
        "--otlp: 1 of 1 pushes were dropped; the last one, too, so the collector does not have the end of this run",
      ]);
    },
  );

  test.each([429, 502, 503, 504])(
    "tries the same again after %d, and drops nothing",
    async (status) => {
      const { url, bodies } = await collectorSaying([status], [status], [200]);
      const push = pushTo(url);
      const run = watchedRun();
      push.begin(run);
      await push.end();
      expect(bodies).toHaveLength(3);
      expect(new Set(bodies).size).toBe(1);
      expect(run.reports).toEqual([
        `--otlp: ${url} did not accept the metrics: status ${status}; it is tried again, and the run continues`,
      ]);
    },
  );

  test.each([400, 404, 408, 413, 500, 501])("does not try again after %d", async (status) => {
    const { url, bodies } = await collectorSaying([status]);
    const push = pushTo(url);
    push.begin(watchedRun());
    await push.end();
    expect(bodies).toHaveLength(1);
  });

  test("waits as long as it is asked to, and not beyond the time-out", async () => {
    const soon = await collectorSaying([429, { "retry-after": "0" }], [200]);
    const first = pushTo(soon.url, { firstRetryMs: 60_000 });
    first.begin(watchedRun());
    await first.end();
    expect(soon.bodies).toHaveLength(2);

    const late = await collectorSaying([503, { "retry-after": "3600" }]);
    const second = pushTo(late.url, { intervalMs: 1 });
    const { run, reported } = reportingRun();
    second.begin(run);
    await reported;
    await second.end();
    // Neither at its next time nor at the end of the run.
    expect(late.bodies).toHaveLength(1);
    expect(run.reports.at(-1)).toMatch(
      /^--otlp: 2 of 2 pushes were dropped; the last one, too, so/,
    );
  });

  test("says what was dropped where the last push was accepted", async () => {
    const { url, bodies } = await collectorSaying([400], [200]);
    const push = pushTo(url, { intervalMs: 1 });
    const { run, reported } = reportingRun();
    push.begin(run);
    await reported;
    await push.end();
    expect(run.reports.at(-1)).toBe(
      `--otlp: 1 of ${bodies.length} pushes were dropped; the last one was accepted and has all totals, as values count from the run's start`,
    );
  });

  test("sends headers, and compresses", async () => {
    const seen: { headers: Record<string, unknown>; body: Buffer }[] = [];
    const url = await collector(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      seen.push({ headers: request.headers, body: Buffer.concat(chunks) });
      response.end("{}");
    });
    const push = pushTo(url, {}, { gzip: true, headers: { authorization: "Basic YTpi" } });
    push.begin(watchedRun());
    await push.end();
    expect(seen[0]?.headers).toMatchObject({
      authorization: "Basic YTpi",
      "content-encoding": "gzip",
      "content-type": "application/json",
    });
    metricsOf(JSON.parse(gunzipSync(seen[0]?.body ?? Buffer.alloc(0)).toString()));
  });

  test("no collector: one warning, and at the end the number of pushes dropped", async () => {
    const url = new URL(`http://127.0.0.1:${await freePort()}/v1/metrics`);
    const push = pushTo(url, { intervalMs: 5, lastMs: 50 });
    const { run, reported } = reportingRun();
    push.begin(run);
    await reported;
    await push.end();
    expect(run.reports).toHaveLength(2);
    expect(run.reports[0]).toContain(
      "did not accept the metrics: ECONNREFUSED; it is tried again, and the run continues",
    );
    expect(run.reports[1]).toMatch(/^--otlp: (\d+) of \1 pushes were dropped; the last one, too/);
  });
});

test("pauses double up to the longest, less up to a half by chance", () => {
  const pauses = (random: number) =>
    Array.from({ length: 6 }, (_, attempt) => retryPauseMs(attempt, 500, 5_000, random));
  expect(pauses(0)).toEqual([500, 1000, 2000, 4000, 5000, 5000]);
  expect(pauses(0.999)).toEqual(pauses(0).map((ms) => expect.closeTo(0.5005 * ms, 6)));
});

test.each([
  ["120", 120_000],
  [" 0 ", 0],
  ["Sat, 21 Nov 2026 10:00:30 GMT", 30_000],
  ["Sat, 21 Nov 2026 09:00:00 GMT", 0],
  ["soon", null],
  ["-1", null],
  ["1.5", null],
  [null, null],
])("Retry-After: %s", (header, ms) => {
  expect(retryAfterOf(header, Date.parse("2026-11-21T10:00:00Z"))).toBe(ms);
});
