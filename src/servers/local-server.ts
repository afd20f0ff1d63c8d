import { monotonicNs } from "../base/clock.ts";
import { createNodeIo } from "../io/node/io.ts";
import { slackNs } from "./delay-line.ts";
import { connectionBudget, openFilesLimit, openFilesUsed } from "./open-files.ts";
import type { ServeRequest } from "./protocol.ts";
import type { RunningServer } from "./running-server.ts";
import { Service } from "./service.ts";

/** Passes of the event loop that wait for the last messages, at most. */
const mostPasses = 200;

/** Lowers the open-file limit that a server keeps to, for tests. */
export const openFilesVariable = "SLASH8_SERVER_OPEN_FILES";

/**
 * Starts a built-in server in this process.
 *
 * @param startNs from when stalls are counted
 * @throws (rejects with) an Error whose `code` is the errno name
 */
export async function startLocalServer(
  { builtin, listen, options, seed = 1 }: ServeRequest,
  startNs: number,
): Promise<RunningServer> {
  const limit = Number(process.env[openFilesVariable] ?? openFilesLimit());
  const io = createNodeIo();
  const service = new Service(io, {
    builtin,
    listen,
    options,
    seed,
    startNs,
    mostOpen: connectionBudget(limit, openFilesUsed()),
  });
  let stopped = false;
  try {
    const endpoints = await service.listen();
    return {
      endpoints,
      pids: [process.pid],
      lost: run(),
      async stats() {
        await settle(service);
        return service.stats();
      },
      async stop() {
        await settle(service);
        stopped = true;
        const stats = service.stats();
        await io.end();
        return stats;
      },
    };
  } catch (error) {
    await io.end();
    throw error;
  }

  /** The server's event loop; ends by `stop` or by a defect, which ends the process. */
  async function run(): Promise<never> {
    while (!stopped) {
      const nowNs = monotonicNs();
      service.tick(nowNs);
      await io.turn(service.nextDeadlineNs(nowNs), slackNs);
    }
    return new Promise<never>(() => {});
  }
}

/** Lets in what has reached the sockets by now, so that what was sent before a question is counted. */
async function settle(service: Service): Promise<void> {
  let before = -1;
  for (let pass = 0; pass < mostPasses && service.bytesReceived !== before; pass++) {
    before = service.bytesReceived;
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}
