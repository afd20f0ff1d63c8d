import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { OtlpPush } from "../../src/live/otlp-push.ts";
import { freePort } from "../support/free-port.ts";
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
    const push = new OtlpPush({ url, intervalMs: 10 });
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
      (_, response) => void response.writeHead(503).end("too\nbusy\u001b[31m"),
      "status 503: too busy [31m",
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
    ["does not answer", () => {}, "no answer within 0.1 s"],
  ] satisfies [string, RequestListener, string][])(
    "a collector that %s is reported once, and the run continues",
    async (_name, answer, why) => {
      const url = await collector(answer);
      const hurry = why.startsWith("no answer") ? { timeoutMs: 100 } : {};
      const push = new OtlpPush({ url, intervalMs: 60_000, ...hurry });
      const run = watchedRun();
      push.begin(run);
      await push.end();
      expect(run.reports).toEqual([
        `--otlp: ${url} did not accept the metrics: ${why}; the run continues`,
      ]);
    },
  );

  test("no collector: one warning, and at the end the number of failed pushes", async () => {
    const url = new URL(`http://127.0.0.1:${await freePort()}/v1/metrics`);
    const push = new OtlpPush({ url, intervalMs: 5 });
    const run = watchedRun();
    let reports: () => void = () => {};
    const first = new Promise<void>((resolve) => {
      reports = resolve;
    });
    push.begin({
      ...run,
      report(message) {
        run.report(message);
        reports();
      },
    });
    await first;
    await push.end();
    expect(run.reports).toHaveLength(2);
    expect(run.reports[0]).toContain("did not accept the metrics: ECONNREFUSED; the run continues");
    expect(run.reports[1]).toMatch(/^--otlp: (\d+) of \1 pushes failed$/);
  });
});
