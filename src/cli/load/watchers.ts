import type { Endpoint } from "../../address/flow.ts";
import type { RunWatcher } from "../../live/watcher.ts";
import { resultPath } from "../../results/files/result-path.ts";
import { printNotice } from "../terminal/output.ts";
import { otlpOf, refuseRemote } from "./live-options.ts";

type Arguments = Readonly<Record<string, unknown>>;

/**
 * Opens the watchers that report the run live, before it starts: what cannot be opened is known before the
 * run. A watcher's modules are loaded only when it is requested.
 *
 * @throws UserError (exit 2, or 3 where an address is not available)
 */
export async function openWatchers(args: Arguments): Promise<RunWatcher[]> {
  const ui = args.ui as Endpoint | undefined;
  const metrics = args.metrics as Endpoint | undefined;
  const snapshotNs = args["snapshot-every"] as number | undefined;
  const otlp = otlpOf(args, process.env);
  refuseRemote({ ui, metrics }, otlp?.url, args["allow-remote"] === true);
  const watchers: RunWatcher[] = [];
  const served: { what: string; url: string; requested: Endpoint }[] = [];
  try {
    if (ui !== undefined) {
      const [{ PageServer }, { readPageAssets }] = await Promise.all([
        import("../../live/page-server.ts"),
        import("../../report/page-assets.ts"),
      ]);
      const server = await PageServer.open(ui, readPageAssets());
      watchers.push(server);
      served.push({ what: "page", url: server.url, requested: ui });
    }
    if (metrics !== undefined) {
      const { MetricsServer } = await import("../../live/metrics-server.ts");
      const server = await MetricsServer.open(metrics);
      watchers.push(server);
      served.push({ what: "metrics", url: server.url, requested: metrics });
    }
    if (otlp !== undefined) {
      const { OtlpPush } = await import("../../live/otlp-push.ts");
      watchers.push(new OtlpPush(otlp));
    }
    if (snapshotNs !== undefined) {
      const { SnapshotFile } = await import("../../live/snapshot-file.ts");
      const out = (args.out as string | undefined) ?? null;
      watchers.push(
        new SnapshotFile(snapshotNs, ({ scenario, run }) =>
          resultPath(scenario.name, new Date(run.startedAt), out, process.cwd()),
        ),
      );
    }
  } catch (error) {
    await Promise.all(watchers.map((watcher) => watcher.close()));
    throw error;
  }
  for (const { what, url, requested } of served) {
    // A port that the system chose can only be known from this line.
    if (args.quiet !== true || requested.port === 0) await printNotice(`slash8: ${what} at ${url}`);
  }
  return watchers;
}
