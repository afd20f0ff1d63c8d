import type { ServerResponse } from "node:http";
import type { Endpoint } from "../address/flow.ts";
import { monotonicNs } from "../base/clock.ts";
import type { PageModel } from "../report/model.ts";
import type { PageAssets } from "../report/page-assets.ts";
import { renderPage } from "../report/render-page.ts";
import type { RunResult } from "../results/result.ts";
import { EventStream } from "./event-stream.ts";
import { HttpServer } from "./http-server.ts";
import { pageOfEnded, pageOfRunning } from "./page-model.ts";
import type { RunWatcher, WatchedRun } from "./watcher.ts";

const eventsPath = "/events";

export interface PagePace {
  /** Minimum time between two updates, ms. */
  readonly intervalMs: number;
  /** Ratio of one CPU's time that building the updates may use. */
  readonly ratio: number;
}

const defaultPace: PagePace = { intervalMs: 1_000, ratio: 0.05 };

/**
 * Serves the report's page during a run.
 *
 * A model of the page is built only while a page is open, at most once a second, and less often where that
 * would exceed its ratio of a CPU. At the end every page receives the result's model and keeps it until
 * another run of the command starts; the server ends with the command.
 */
export class PageServer implements RunWatcher {
  readonly #server: HttpServer;
  readonly #watched: Watched;

  private constructor(server: HttpServer, watched: Watched) {
    this.#server = server;
    this.#watched = watched;
  }

  /** @throws (rejects with) UserError (exit 3) where the address is not available */
  static async open(
    endpoint: Endpoint,
    assets: PageAssets,
    pace: PagePace = defaultPace,
  ): Promise<PageServer> {
    const watched = new Watched(pace);
    const server = await HttpServer.open("ui", endpoint, {
      "/": (_request, response) => {
        const model = watched.model();
        if (model === null) tooEarly(response);
        else {
          response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
          response.end(renderPage(model, assets, eventsPath));
        }
      },
      [eventsPath]: (request, response) => {
        const model = watched.model();
        if (model === null) tooEarly(response);
        else {
          const name = watched.hasEnded ? "end" : "model";
          watched.stream.join(request, response, name, JSON.stringify(model));
        }
      },
    });
    return new PageServer(server, watched);
  }

  get url(): string {
    return this.#server.url("/");
  }

  begin(run: WatchedRun): void {
    this.#watched.begin(run);
  }

  async end(result: RunResult | null): Promise<void> {
    this.#watched.end(result);
  }

  async close(): Promise<void> {
    await this.#watched.stream.close();
    await this.#server.close();
  }
}

/** The run that is shown, and the pages that show it. */
class Watched {
  readonly stream = new EventStream();
  readonly #pace: PagePace;
  #run: WatchedRun | null = null;
  #timer: NodeJS.Timeout | null = null;
  #hasEnded = false;
  #latest: { readonly model: PageModel; readonly nextNs: number } | null = null;

  constructor(pace: PagePace) {
    this.#pace = pace;
  }

  begin(run: WatchedRun): void {
    this.#run = run;
    this.#latest = null;
    this.#hasEnded = false;
    this.#timer = setInterval(() => this.#update(), this.#pace.intervalMs);
    this.#timer.unref();
  }

  /** Whether the final result of a run is shown, and not its current state. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Returns a model as recent as the pace allows; null before the run. */
  model(): PageModel | null {
    if (this.#run === null) return null;
    const nowNs = monotonicNs();
    if (this.#latest !== null && (this.#hasEnded || nowNs < this.#latest.nextNs))
      return this.#latest.model;
    const before = process.cpuUsage();
    const model = pageOfRunning(this.#run.view(), this.#run.resultSoFar());
    const { user, system } = process.cpuUsage(before);
    const tookNs = (user + system) * 1e3;
    // The timer sometimes fires slightly early.
    const restNs = Math.max(0.9e6 * this.#pace.intervalMs, tookNs / this.#pace.ratio);
    this.#latest = { model, nextNs: nowNs + restNs };
    return model;
  }

  end(result: RunResult | null): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    if (this.#run === null) return;
    const model = result === null ? null : pageOfEnded(this.#run.view(), result);
    if (model !== null) this.#latest = { model, nextNs: Number.POSITIVE_INFINITY };
    this.#hasEnded = true;
    this.stream.send("end", model === null ? "" : JSON.stringify(model), true);
  }

  #update(): void {
    if (this.stream.readers === 0) return;
    const before = this.#latest?.model;
    const model = this.model();
    if (model !== null && model !== before) this.stream.send("model", JSON.stringify(model));
  }
}

function tooEarly(response: ServerResponse): void {
  response.writeHead(503, { "Content-Type": "text/plain; charset=utf-8", "Retry-After": "1" });
  response.end("the run has not started yet; try again in a second\n");
}
