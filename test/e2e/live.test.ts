/** Runs that are watched from outside: by a real Prometheus, by an OTLP receiver, by people in the way. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { exitStatus } from "../../src/base/errors.ts";
import type { RunResult } from "../../src/results/result.ts";
import { metricsOf, type OtlpMetric } from "../live/otlp-schema.ts";
import { hasBrowser, useBrowser } from "../support/browser.ts";
import { freePort } from "../support/ports/free-port.ts";
import { isInstalled } from "../support/programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { echoScenario, resultOf, startLoad, type TestRun } from "./runs.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** Where the run says that it serves something. */
async function urlOf(run: TestRun, what: string): Promise<string> {
  const line = new RegExp(`^slash8: ${what} at (http://\\S+)$`, "m");
  await run.cli.printed(line);
  return line.exec(run.cli.stderr())?.[1] as string;
}

/** The value of a line of Prometheus' text. */
function seriesValue(text: string, series: string): number {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? Number.NaN);
}

async function until<Value>(look: () => Promise<Value | null>): Promise<Value> {
  const endMs = performance.now() + 20_000;
  for (;;) {
    const value = await look();
    if (value !== null) return value;
    if (performance.now() > endMs) throw new Error("it never came");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function everything({ workloads }: RunResult): { readonly count: number; readonly sent: number } {
  const chat = workloads.chat;
  if (chat === undefined) throw new Error("no workload chat");
  const count = chat.responseTime.count + chat.outsideSteady.responseTime.count;
  return { count, sent: chat.exchanges.sent };
}

/** A collector of OTLP; what came, one by one. */
async function collector(): Promise<{ url: string; pushes: Map<string, OtlpMetric>[] }> {
  const pushes: Map<string, OtlpMetric>[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    pushes.push(metricsOf(JSON.parse(body)));
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, pushes };
}

const sent = 'slash8_exchanges_sent_total{workload="chat",server="echo"}';

describe("load --metrics --otlp", () => {
  test("what is scraped grows, and what is pushed at the end is what the result says", async () => {
    const { url, pushes } = await collector();
    const run = startLoad(echoScenario(2), ["--metrics", "0", "--otlp", url]);
    const metrics = await urlOf(run, "metrics");
    const scrape = async () => (await fetch(metrics)).text();
    const accept = "application/openmetrics-text; version=1.0.0";
    const asked = await fetch(metrics, { headers: { accept } });
    expect(asked.headers.get("content-type")).toBe(`${accept}; charset=utf-8`);
    expect(await asked.text()).toMatch(/# EOF\n$/);
    expect((await fetch(metrics)).headers.get("content-type")).toMatch(/^text\/plain; version=0/);
    const first = await until(async () => {
      const text = await scrape();
      return seriesValue(text, sent) > 0 ? text : null;
    });
    await until(async () =>
      seriesValue(await scrape(), sent) > seriesValue(first, sent) ? true : null,
    );
    expect(seriesValue(first, 'slash8_connections_open{workload="chat",server="echo"}')).toBe(8);
    expect(
      seriesValue(first, 'slash8_server_resident_memory_bytes{server="echo"}'),
    ).toBeGreaterThan(0);
    const answer = await run.finished();
    expect(answer.status).toBe(exitStatus.pass);
    await expect(fetch(metrics)).rejects.toThrow();
    const whole = everything(resultOf(run.cwd, answer));
    const last = pushes.at(-1);
    const sentMetric = last?.get("slash8.exchanges.sent");
    const timeMetric = last?.get("slash8.response_time");
    expect(sentMetric).toMatchObject({ sum: { dataPoints: [{ asDouble: whole.sent }] } });
    expect(timeMetric).toMatchObject({
      histogram: { dataPoints: [{ count: String(whole.count) }] },
    });
  });

  test("Ctrl-C during the run: the last push tells all, and the port is free again", async () => {
    const { url, pushes } = await collector();
    const run = startLoad(echoScenario(60), ["--metrics", "0", "--otlp", url, "--quiet"]);
    const metrics = await urlOf(run, "metrics");
    await until(async () => {
      const text = await (await fetch(metrics)).text();
      return seriesValue(
        text,
        'slash8_workload_phase{workload="chat",server="echo",phase="steady"}',
      ) > 0
        ? true
        : null;
    });
    run.cli.kill("SIGINT");
    const answer = await run.finished();
    expect(answer.status).toBe(exitStatus.interrupted);
    const whole = everything(resultOf(run.cwd, answer));
    expect(pushes.at(-1)?.get("slash8.exchanges.sent")).toMatchObject({
      sum: { dataPoints: [{ asDouble: whole.sent }] },
    });
    await expect(fetch(metrics)).rejects.toThrow();
  });

  test("a port in use ends it before the run; a collector that is not there does not", async () => {
    const taken = createTcpServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    closers.push(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const refused = startLoad(echoScenario(1), ["--metrics", String(port)]);
    const answer = await refused.finished();
    expect(answer.status).toBe(exitStatus.cannotHold);
    expect(answer.stderr).toContain(
      `--metrics 127.0.0.1:${port}: another program listens there already`,
    );
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const alone = await startLoad(echoScenario(1), ["--otlp", nobody]).finished();
    expect(alone.status).toBe(exitStatus.pass);
    expect(alone.stderr).toContain("did not accept the metrics: ECONNREFUSED; it is tried again");
    expect(alone.stderr).toMatch(/--otlp: \d+ of \d+ pushes were dropped; the last one, too/);
  });
});

describe.skipIf(!hasBrowser)("load --ui", () => {
  const browser = useBrowser();

  test("the page is fed while the run goes on, keeps the result, and asks for nothing else", async () => {
    const run = startLoad(echoScenario(60), ["--ui", "0"]);
    const url = await urlOf(run, "page");
    await until(async () => ((await fetch(url)).ok ? true : null));
    const { page, complaints, requests } = await browser.open(url);
    await page.locator("#live.live").waitFor();
    await page.locator(".badge.running").waitFor();
    const sentNow = () => page.locator("header table").last().locator("td").allTextContents();
    const first = await until(async () => {
      const cells = await sentNow();
      return cells.includes("chat") ? cells : null;
    });
    await until(async () => ((await sentNow()).join() === first.join() ? null : true));
    run.cli.kill("SIGINT");
    await page.locator("#live.ended").waitFor();
    expect(await page.locator("#live").textContent()).toContain("this is its result");
    expect(await page.locator(".run .verdict .badge").allTextContents()).toEqual(["interrupted"]);
    const answer = await run.finished();
    expect(answer.status).toBe(exitStatus.interrupted);
    expect(await page.locator("h2").allTextContents()).toContain("chatrequest over tcp");
    expect(complaints).toEqual([]);
    expect(new Set(requests)).toEqual(new Set([url, `${url}events`]));
  });
});

describe.skipIf(!isInstalled("prometheus"))("a real Prometheus", () => {
  /** Starts one that scrapes four times a second. @returns asks its API for a query's first value */
  async function prometheus(target: string): Promise<(query: string) => Promise<number | null>> {
    const folder = makeTempDir();
    const port = await freePort();
    const config = {
      global: { scrape_interval: "250ms", scrape_timeout: "250ms" },
      scrape_configs: [{ job_name: "slash8", static_configs: [{ targets: [target] }] }],
    };
    writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
    const child = spawn(
      "prometheus",
      [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: "ignore" },
    );
    const ended = once(child, "exit");
    closers.push(() => {
      child.kill("SIGKILL");
      return ended;
    });
    return async (query) => {
      const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`;
      const answer = await fetch(url).catch(() => null);
      if (answer?.ok !== true) return null;
      const { data } = (await answer.json()) as {
        data: { result: { value: [number, string] }[] };
      };
      const value = data.result[0]?.value[1];
      return value === undefined ? null : Number(value);
    };
  }

  test("takes in what is served, and answers questions about it", async () => {
    const port = await freePort();
    const run = startLoad(echoScenario(60), ["--metrics", String(port)]);
    await urlOf(run, "metrics");
    const query = await prometheus(`127.0.0.1:${port}`);
    const sum = (metric: string) => `sum(max_over_time(${metric}{workload="chat"}[1h]))`;
    await until(async () => ((await query("slash8_exchanges_sent_total")) ?? 0) > 0 || null);
    const p99 = await until(async () => {
      const seconds = await query(
        "histogram_quantile(0.99, sum by (le) (rate(slash8_response_time_seconds_bucket[1m])))",
      );
      return seconds !== null && seconds > 0 ? seconds : null;
    });
    expect(await query("up")).toBe(1);
    run.cli.kill("SIGINT");
    const answer = await run.finished();
    const whole = everything(resultOf(run.cwd, answer));
    const { responseTime, outsideSteady } = resultOf(run.cwd, answer).workloads.chat ?? {};
    const longest = Math.max(responseTime?.max ?? 0, outsideSteady?.responseTime.max ?? 0);
    expect(await query(sum("slash8_exchanges_sent_total"))).toBeLessThanOrEqual(whole.sent);
    expect(await query(sum("slash8_response_time_seconds_count"))).toBeLessThanOrEqual(whole.count);
    // A bucket is at most half as long again as its lower end.
    expect(p99).toBeLessThanOrEqual(Math.max(1.5 * (longest / 1e9), 4e-6));
  });
});
