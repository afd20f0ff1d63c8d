/** The page in a real browser: what is drawn, and that nothing goes wrong. Uses the built script. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { buildPageModel } from "../../src/report/build-model.ts";
import { renderPage } from "../../src/report/render-page.ts";
import { readResult } from "../../src/results/files/read.ts";
import type { RunResult } from "../../src/results/result.ts";
import { hasBrowser, useBrowser } from "../support/browser.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { day, hour } from "./hour.ts";
import { sample } from "./samples.ts";

const reference = fileURLToPath(new URL("../../results/reference/", import.meta.url));
const built = (name: string) =>
  readFileSync(new URL(`../../dist/report/page/${name}`, import.meta.url), "utf8");
const assets = { script: built("page.js"), style: built("page.css") };
const chatCharts = [
  "Latency by percentile",
  "Response time, heat map",
  "Response time over time",
  "Rate",
  "Open connections",
  "Errors",
  "Send lag",
];

/** What is wider than the page, or than its own box: scrolled to or cut off. */
const tooWide = `[...document.querySelectorAll(
  "html, main, h1, h2, h4, p, li, pre, figure, table, td, .tables, .table, .scroll")]
  .filter((e) => e.closest(".uplot") === null && e.getBoundingClientRect().width > 0)
  .filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline" ||
    e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
  .map((e) => e.tagName + "." + e.className + " " + e.textContent.slice(0, 60))`;

describe.skipIf(!hasBrowser)("the page", () => {
  const browser = useBrowser();

  test.each([
    ["light", 1280],
    ["dark", 1280],
    ["light", 400],
  ] as const)("draws every chart, %s, %i px wide", async (colorScheme, width) => {
    const path = written({ run: sample((second) => second * 1e6) });
    const { page, complaints, requests } = await browser.open(path, { colorScheme, width });
    const chat = section(page, "chat");
    expect(await chat.locator("figure h4").allTextContents()).toEqual(chatCharts);
    const canvases = await page.locator("canvas").all();
    expect(canvases).toHaveLength(2 * chatCharts.length + 2);
    for (const canvas of canvases) expect(await inkOf(canvas)).toBeGreaterThan(500);
    const paper = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    expect(paper).toBe(colorScheme === "dark" ? "rgb(15, 19, 24)" : "rgb(255, 255, 255)");
    // Nothing is wider than the screen.
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    expect({ complaints, requests }).toEqual({ complaints: [], requests: [] });
  });

  test.each(["light", "dark"] as const)("holds all of its tables at 400 px, %s", async (scheme) => {
    const many = ["tcp-churn", "server-pause", "udp-server-established"].map((name) => [
      name,
      readResult(`${reference}${name}.json`),
    ]);
    for (const runs of [{ run: sample(() => 9e6) }, Object.fromEntries(many)]) {
      const options = { colorScheme: scheme, width: 400 };
      const { page } = await browser.open(written(runs), options);
      await page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true");
      expect(await page.locator("table.many").count()).toBeGreaterThan(2);
      expect(await page.evaluate(tooWide)).toEqual([]);
    }
  });

  test("states verdict, gates, figures, plan, host and scenario as text", async () => {
    const { page } = await browser.open(written({ run: sample(() => 9e6) }));
    expect(await page.locator(".run .badge").first().textContent()).toBe("fail");
    expect(await page.locator(".reasons").textContent()).toContain("chat.responseTime.max < 5ms");
    expect(await rowsOf(page, "Gates")).toEqual([
      ["fail", "chat.responseTime.max < 5ms", "9.00 ms", "5.00 ms"],
    ]);
    expect((await rowsOf(page, "Workloads"))[0]?.slice(0, 5)).toEqual([
      "chat",
      "10",
      "800/s",
      "800/s",
      "800/s",
    ]);
    expect(await rowsOf(page, "Host")).toContainEqual(["CPU", "2 × Some CPU"]);
    expect(await rowsOf(page, "Plan")).toContainEqual(["workers (threads)", "2"]);
    expect(await rowsOf(page, "Addresses")).toContainEqual(expect.arrayContaining(["chat"]));
    expect(await page.locator("pre").textContent()).toContain("name: chat test");
    expect(await page.locator(".grid .used title").allTextContents()).toContain(
      "127.32.0.0/16\nchat (clients): 10 addresses\nidle (clients): 10 addresses",
    );
  });

  test("lays results over each other", async () => {
    const { page, complaints } = await browser.open(
      written({ before: sample(), after: sample(() => 4e6) }),
    );
    const curve = figure(section(page, "chat"), "Latency by percentile");
    expect(await legendOf(curve)).toEqual([
      "percentile",
      "response time · before",
      "service time · before",
      "response time · after",
      "service time · after",
    ]);
    const colors = await curve
      .locator(".u-marker")
      .evaluateAll((markers) => markers.map(({ style }) => style.borderColor));
    expect(new Set(colors.slice(1)).size).toBe(2);
    expect(await section(page, "chat").locator("figure h4").allTextContents()).toContain(
      "Response time, heat map · after",
    );
    expect(complaints).toEqual([]);
  });

  test("zooms all charts over time by a drag on one, and back by a double click", async () => {
    const { page } = await browser.open(written({ run: sample((s) => s * 1e6) }));
    const rate = figure(section(page, "chat"), "Rate");
    const others = [
      figure(section(page, "chat"), "Response time, heat map"),
      figure(section(page, "idle"), "Open connections"),
      figure(section(page, "echo"), "Memory (RSS)"),
    ];
    const pictures = () => Promise.all(others.map((chart) => pictureOf(chart.locator("canvas"))));
    const whole = await pictures();
    await rate.scrollIntoViewIfNeeded();
    const box = await rate.locator(".u-over").boundingBox();
    if (box === null) throw new Error("the chart is not on the screen");
    await page.mouse.move(box.x + 0.3 * box.width, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + 0.6 * box.width, box.y + 50, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(0, 0);
    const zoomed = await pictures();
    for (const [index, picture] of zoomed.entries()) expect(picture).not.toBe(whole[index]);
    // Neither new data nor other colours show more of time again.
    await page.evaluate(
      'slash8Report.show(JSON.parse(document.querySelector("#model").textContent))',
    );
    expect(await pictures()).toEqual(zoomed);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.emulateMedia({ colorScheme: "light" });
    // The page learns of other colours in a turn of its own.
    await expect.poll(pictures, { timeout: 10_000 }).toEqual(zoomed);
    await page.mouse.dblclick(box.x + 0.5 * box.width, box.y + 50);
    await page.mouse.move(0, 0);
    expect(await pictures()).toEqual(whole);
  });

  test("shows the values under a cursor that all charts over time share", async () => {
    const { page } = await browser.open(written({ run: sample() }));
    const rate = figure(section(page, "chat"), "Rate");
    const open = figure(section(page, "chat"), "Open connections");
    await hoverMiddle(rate);
    const values = (chart: Locator) => chart.locator(".u-value").allTextContents();
    expect(await values(rate)).toEqual(["1 s to 2 s", "800/s", "800/s", "800/s"]);
    expect(await values(open)).toEqual(["1 s to 2 s", "10"]);
    const heat = figure(section(page, "chat"), "Response time, heat map");
    await hoverMiddle(heat);
    expect(await heat.locator(".below").textContent()).toMatch(/^1 s to 2 s, .* ms: 800 replies$/);
  });

  test("changes between a logarithmic axis and a linear one", async () => {
    const { page } = await browser.open(written({ run: sample((s) => 10 ** s * 1e3) }));
    const chart = figure(section(page, "chat"), "Latency by percentile");
    const before = await pictureOf(chart.locator("canvas"));
    await chart.getByRole("button", { name: "log" }).click();
    expect(await chart.getByRole("button").textContent()).toBe("linear");
    expect(await pictureOf(chart.locator("canvas"))).not.toBe(before);
  });

  test("shows a run that ended before it began", async () => {
    const result = sample();
    const { chat } = result.workloads;
    const early = { ...result, workloads: { chat: { ...chat, steady: null, timeline: [] } } };
    const { page, complaints } = await browser.open(
      written({ run: early as unknown as RunResult }),
    );
    expect(await section(page, "chat").locator(".missing").textContent()).toMatch(/^No replies/);
    expect(complaints).toEqual([]);
  });

  test("is drawn again from a model that is handed to it", async () => {
    const { page, complaints } = await browser.open(written({ run: sample() }));
    await page.evaluate(`{
      const model = JSON.parse(document.querySelector("#model").textContent);
      model.runs[0].outcome = "running";
      model.workloads.pop();
      slash8Report.show(model);
    }`);
    expect(await page.locator(".run .badge").first().textContent()).toBe("running");
    expect(await page.locator("h2").allTextContents()).not.toContain("idlerequest over tcp");
    expect(await page.locator("canvas").count()).toBe(chatCharts.length + 2);
    expect(complaints).toEqual([]);
  });

  test("prints in light colours, with everything unfolded", async () => {
    const { page, complaints } = await browser.open(written({ run: sample() }), {
      colorScheme: "dark",
    });
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    expect(pdf.length).toBeGreaterThan(30_000);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(
      "rgb(255, 255, 255)",
    );
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    expect(await page.locator("details:not([open])").count()).toBe(0);
    await page.evaluate('dispatchEvent(new Event("afterprint"))');
    expect(await page.locator("details[open]").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("takes no name for markup", async () => {
    const hostile = `</script><script>globalThis.broken = 1</script><img src=x onerror="globalThis.broken = 1">`;
    const result = sample();
    const { chat } = result.workloads;
    const doctored = {
      ...result,
      scenario: { ...result.scenario, name: hostile },
      workloads: { [hostile]: { ...chat, notes: [hostile] }, __proto__x: chat },
      servers: { [hostile]: result.servers.echo },
      gates: result.gates.map((gate) => ({ ...gate, expression: hostile })),
      warnings: [hostile],
    } as unknown as RunResult;
    const { page, complaints, requests } = await browser.open(written({ run: doctored }));
    expect(await page.title()).toBe(hostile);
    expect(await page.locator("h1").textContent()).toBe(hostile);
    expect(await page.locator("img, main script").count()).toBe(0);
    expect(await page.evaluate("typeof globalThis.broken")).toBe("undefined");
    expect({ complaints, requests }).toEqual({ complaints: [], requests: [] });
  });

  test("shows results of older versions, and says what they lack", async () => {
    const result = readResult(join(reference, "server-pause.json"));
    // The oldest versions kept no histogram for each second.
    const workloads = Object.entries(result.workloads).map(([name, workload]) => {
      const timeline = workload.timeline.map((entry) => ({
        ...entry,
        responseTime: { ...entry.responseTime, hdr: null },
      }));
      return [name, { ...workload, timeline }] as const;
    });
    const old = { ...result, workloads: Object.fromEntries(workloads) };
    const { page, complaints } = await browser.open(written({ old }));
    expect(await page.locator(".note.missing").first().textContent()).toMatch(
      /kept no histogram per second/,
    );
    expect(await page.locator("canvas").count()).toBeGreaterThan(8);
    expect(complaints).toEqual([]);
  });

  test("of an hour with four workloads, and of a day, is below a mebibyte, and drawn", async () => {
    expect(statSync(written({ day: day() })).size).toBeLessThan(1024 * 1024);
    const path = written({ hour: hour() });
    expect(statSync(path).size).toBeLessThan(1024 * 1024);
    const { page, complaints } = await browser.open(path);
    const heat = figure(section(page, "four"), "Response time, heat map").locator("canvas");
    expect(await inkOf(heat)).toBeGreaterThan(20_000);
    expect(complaints).toEqual([]);
  });
});

/** Writes the page of results, read from JSON as the command reads them; returns its path. */
function written(results: Readonly<Record<string, RunResult>>): string {
  const inputs = Object.entries(results).map(([label, result]) => {
    return { label, result: JSON.parse(JSON.stringify(result)) as RunResult };
  });
  const path = join(makeTempDir(), "report.html");
  writeFileSync(path, renderPage(buildPageModel(inputs), assets));
  return path;
}

/** The part of the page under a heading. */
function section(page: Page, name: string): Locator {
  return page.locator("section", { has: page.locator("h2", { hasText: new RegExp(`^${name}`) }) });
}

function figure(within: Locator, title: string): Locator {
  return within.locator("figure", { hasText: title }).first();
}

/** Points at the middle of the fourth of seven seconds, a little below the top. */
async function hoverMiddle(chart: Locator): Promise<void> {
  const over = chart.locator(".u-over");
  const box = await over.boundingBox();
  await over.hover({ position: { x: (box?.width ?? 0) / 2, y: 60 } });
}

function legendOf(chart: Locator): Promise<string[]> {
  return chart.locator(".u-label").allTextContents();
}

/** The cells of a table by its title. */
async function rowsOf(page: Page, title: string): Promise<string[][]> {
  const table = page.locator(".table", { has: page.locator("h4", { hasText: title }) }).first();
  const rows = await table.locator("tbody tr").all();
  return Promise.all(rows.map((row) => row.locator("td").allTextContents()));
}

/** How many pixels of a canvas are drawn on. */
function inkOf(canvas: Locator): Promise<number> {
  return canvas.evaluate((node) => {
    const { data } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
    let drawn = 0;
    for (let alpha = 3; alpha < data.length; alpha += 4) if (data[alpha] > 0) drawn++;
    return drawn;
  });
}

function pictureOf(canvas: Locator): Promise<string> {
  return canvas.evaluate((node) => node.toDataURL());
}
