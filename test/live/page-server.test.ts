import { afterEach, describe, expect, test } from "vitest";
import { PageServer } from "../../src/live/page-server.ts";
import type { PageModel } from "../../src/report/model.ts";
import { buildResult } from "../../src/results/build/build.ts";
import { resultInput } from "../results/fixture.ts";
import { watchedRun } from "./samples.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

const result = buildResult(resultInput());

async function open(): Promise<PageServer> {
  const pace = { intervalMs: 10, ratio: 1 };
  const assets = { script: "", style: "" };
  const server = await PageServer.open({ address: "127.0.0.1", port: 0 }, assets, pace);
  closers.push(() => server.close());
  return server;
}

interface Event {
  readonly name: string;
  readonly data: string;
}

/** Yields a page's events one by one; ends when the server ends them. */
async function* eventsOf(server: PageServer): AsyncGenerator<Event> {
  const abort = new AbortController();
  closers.push(() => abort.abort());
  const response = await fetch(`${server.url}events`, { signal: abort.signal });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    for (let at = text.indexOf("\n\n"); at >= 0; at = text.indexOf("\n\n")) {
      const [, name = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, at)) ?? [];
      text = text.slice(at + 2);
      yield { name, data };
    }
  }
}

async function next(events: AsyncGenerator<Event>): Promise<Event> {
  const { value, done } = await events.next();
  if (done) throw new Error("no more events");
  return value;
}

const outcomeOf = ({ data }: Event) => (JSON.parse(data) as PageModel).runs[0]?.outcome;

describe("PageServer", () => {
  test("serves the page, which requests its events here and nothing else", async () => {
    const server = await open();
    server.begin({ ...watchedRun(), resultSoFar: () => result });
    const response = await fetch(server.url);
    const page = await response.text();
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    expect(page).toContain("connect-src 'self'");
    expect(page).toContain('data-events="/events"');
    expect(page).toContain('"outcome":"running"');
  });

  test("updates it during the run, and ends with the result", async () => {
    const server = await open();
    server.begin({ ...watchedRun(), resultSoFar: () => result });
    const events = eventsOf(server);
    for (let update = 0; update < 3; update++) {
      const event = await next(events);
      expect(event.name).toBe("model");
      expect(outcomeOf(event)).toBe("running");
    }
    await server.end(result);
    let last = await next(events);
    while (last.name === "model") last = await next(events);
    expect(last.name).toBe("end");
    expect(outcomeOf(last)).toBe("pass");
    const late = await next(eventsOf(server));
    expect([late.name, outcomeOf(late)]).toEqual(["end", "pass"]);
    await server.close();
    expect((await events.next()).done).toBe(true);
  });

  test("continues with the next run of a command with several", async () => {
    const server = await open();
    server.begin({ ...watchedRun(), resultSoFar: () => result });
    const events = eventsOf(server);
    const first = await next(events);
    await server.end(result);
    server.begin({ ...watchedRun(), resultSoFar: () => result });
    const names = [first.name];
    while (names.at(-1) !== "end") names.push((await next(events)).name);
    const after = await next(events);
    expect([after.name, outcomeOf(after)]).toEqual(["model", "running"]);
    await server.end(result);
  });

  test("also ends with a run that failed", async () => {
    const server = await open();
    server.begin(watchedRun());
    const events = eventsOf(server);
    expect((await next(events)).name).toBe("model");
    await server.end(null);
    let last = await next(events);
    while (last.name === "model") last = await next(events);
    expect(last).toEqual({ name: "end", data: "" });
  });

  test("builds no model while no page is open", async () => {
    const server = await open();
    let renders = 0;
    const resultSoFar = () => {
      renders++;
      return result;
    };
    server.begin({ ...watchedRun(), resultSoFar });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(renders).toBe(0);
    await fetch(server.url);
    expect(renders).toBe(1);
    await server.end(result);
  });

  test("before the run, for other sites, and for more than a few, there are no events", async () => {
    const server = await open();
    // Kept, as an unreferenced response is ended.
    const responses: Response[] = [];
    const status = async (headers = {}) => {
      const abort = new AbortController();
      closers.push(() => abort.abort());
      const response = await fetch(`${server.url}events`, { headers, signal: abort.signal });
      responses.push(response);
      return response.status;
    };
    expect(await status()).toBe(503);
    server.begin({ ...watchedRun(), resultSoFar: () => result });
    expect(await status({ "sec-fetch-site": "cross-site" })).toBe(403);
    for (let reader = 0; reader < 8; reader++) expect(await status()).toBe(200);
    expect(await status()).toBe(503);
    expect(responses).toHaveLength(11);
  });
});
