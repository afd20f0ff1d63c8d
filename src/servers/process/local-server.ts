import { monotonicNs } from "../../base/clock.ts";
import { backends } from "../../io/backends.ts";
import type { ServeRequest } from "../protocol.ts";
import { slackNs } from "../replies/delay-line.ts";
import { Service } from "../service.ts";
import { Reflectors } from "../udp/reflectors.ts";
import { connectionBudget, openFilesLimit, openFilesUsed } from "./open-files.ts";
import type { DrainingServer, RunningServer } from "./running-server.ts";

/** Passes of the event loop that wait for the last messages, at most. */
const mostPasses = 200;

/** Environment variable that lowers the open-file limit a server keeps to, for tests. */
export const openFilesVariable = "SLASH8_SERVER_OPEN_FILES";

/**
 * Starts a built-in server in this process.
 *
 * @param startNs from when pauses are counted
 * @throws (rejects with) an Error whose `code` is the errno name
 */
export async function startLocalServer(
  { builtin, listen, options, seed = 1, io: kind, sockets, keepsPeers, tls }: ServeRequest,
  startNs: number,
): Promise<RunningServer & DrainingServer> {
  const limit = Number(process.env[openFilesVariable] ?? openFilesLimit());
  const backend = backends[kind];
  const io = await backend.create();
  const reflectors = new Reflectors();
  const service = new Service(io, {
    builtin,
    listen,
    options,
    seed,
    startNs,
    handed: sockets,
    keepsPeers,
    reflectors,
    tls,
    mostOpen: backend.takesFilePerConnection
      ? connectionBudget(limit, openFilesUsed())
      : backend.mostSlots,
  });
  let stopped = false;
  let sendDrained: () => void = () => {};
  const drained = new Promise<void>((resolve) => {
    sendDrained = resolve;
  });
  /** Queries that wait for what has arrived: turns are short meanwhile. */
  let pendingQueries = 0;
  try {
    const endpoints = await service.listen();
    if (options.udp !== null) reflectors.register({ udp: endpoints, routes: [] });
    const ended = run();
    return {
      endpoints,
      pids: [process.pid],
      lost: ended.then(() => new Promise<never>(() => {})),
      planSteady: ({ workload, fromNs, toNs }) => service.planSteady(workload, fromNs, toNs),
      async stats() {
        pendingQueries++;
        await settle(service);
        pendingQueries--;
        return service.stats();
      },
      drained,
      drain: () => service.drain(monotonicNs()),
      async stop() {
        pendingQueries++;
        await settle(service);
        stopped = true;
        await ended;
        reflectors.end();
        const stats = service.stats();
        await io.end();
        return stats;
      },
    };
  } catch (error) {
    await io.end();
    throw error;
  }

  /**
   * The server's event loop; ends by `stop` or by a defect, which ends the process.
   *
   * An io may deliver events only inside turns, and give the event loop a pass only now and then: while a
   * query is pending, turns and passes alternate.
   */
  async function run(): Promise<void> {
    while (!stopped) {
      const turned = pass();
      if (turned !== undefined) await turned;
      if (service.hasDrained) sendDrained();
      if (pendingQueries > 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** One pass of the loop. Separate from the loop that awaits, as V8 does not optimise such a loop. */
  function pass(): Promise<void> | void {
    const nowNs = monotonicNs();
    service.tick(nowNs);
    return io.turn(pendingQueries > 0 ? nowNs : service.nextDeadlineNs(nowNs), slackNs);
  }
}

/**
 * Reads what has reached the sockets by now, so that what was sent before a query is counted.
 * Between two passes of the event loop there is a turn, wherever events are delivered in turns.
 */
async function settle(service: Service): Promise<void> {
  let before = -1;
  for (let pass = 0; pass < mostPasses && service.bytesReceived !== before; pass++) {
    before = service.bytesReceived;
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}
