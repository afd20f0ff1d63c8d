import type { Endpoint } from "../address/flow.ts";
import { familiesOf } from "./families.ts";
import { HttpServer } from "./http-server.ts";
import { contentTypes, formatFor, prometheusText } from "./prometheus.ts";
import type { RunWatcher, WatchedRun } from "./watcher.ts";

/** Serves a run's metrics to Prometheus during the run. They are computed for each request. */
export class MetricsServer implements RunWatcher {
  readonly #server: HttpServer;
  readonly url: string;
  readonly #watched: { run: WatchedRun | null };

  private constructor(server: HttpServer, watched: { run: WatchedRun | null }) {
    this.#server = server;
    this.url = server.url("/metrics");
    this.#watched = watched;
  }

  /** @throws (rejects with) UserError (exit 3) where the address is not available */
  static async open(endpoint: Endpoint): Promise<MetricsServer> {
    const watched: { run: WatchedRun | null } = { run: null };
    const server = await HttpServer.open("metrics", endpoint, {
      "/metrics": async (request, response) => {
        const { run } = watched;
        const format = formatFor(request.headers.accept);
        const text = await prometheusText(run === null ? [] : familiesOf(run.view()), format);
        response.writeHead(200, { "Content-Type": contentTypes[format], Vary: "Accept" });
        response.end(text);
      },
    });
    return new MetricsServer(server, watched);
  }

  begin(run: WatchedRun): void {
    this.#watched.run = run;
  }

  async end(): Promise<void> {}

  close(): Promise<void> {
    return this.#server.close();
  }
}
