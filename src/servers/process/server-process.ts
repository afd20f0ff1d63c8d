import type { ChildProcess } from "node:child_process";
import type { FromServer, ServeRequest, ServerStats, ToServer } from "../protocol.ts";
import type { RunningServer } from "./running-server.ts";

/** A server that does not stop when requested is killed after this time. */
const stopTimeoutMs = 5_000;

/** Why a server did not start; `code` is the errno name, or "ESERVER" for a process that ended. */
export interface ServerFailure extends Error {
  code: string;
}

function failure(code: string, message: string): ServerFailure {
  return Object.assign(new Error(message), { code });
}

/**
 * The other end of protocol.ts: requests a child process that runs main.ts to serve, and represents it.
 *
 * @param child   forked with `serialization: "advanced"`; it is ended if it cannot serve
 * @param startNs from when pauses are counted
 * @returns       once it listens
 * @throws        (rejects with) ServerFailure
 */
export async function startServerProcess(
  child: ChildProcess,
  request: ServeRequest,
  startNs: number,
): Promise<RunningServer> {
  const questions: { answer: (stats: ServerStats) => void; refuse: (error: Error) => void }[] = [];
  let lastStats: ServerStats | null = null;
  let stopping = false;
  const exited = new Promise<ServerFailure>((resolve) => {
    const ended = () => {
      const how = child.signalCode ?? `status ${child.exitCode}`;
      resolve(failure("ESERVER", `the server's process exited (${how})`));
    };
    child.once("error", (error) => resolve(failure("ESERVER", error.message)));
    if (child.exitCode !== null || child.signalCode !== null) ended();
    else child.once("exit", ended);
  });
  const send = (message: ToServer) => {
    // A process that has exited receives nothing; its "exit" event reports it.
    if (child.connected) child.send(message, () => {});
  };

  const { endpoints, pids } = await new Promise<FromServer & { type: "listening" }>(
    (resolve, reject) => {
      exited.then(reject);
      child.on("message", (message: FromServer) => {
        if (message.type === "listening") {
          resolve(message);
        } else if (message.type === "failed") {
          reject(failure(message.code, message.message));
        } else if (message.type === "stats") {
          lastStats = message.stats;
          questions.shift()?.answer(message.stats);
        }
      });
      send({ type: "serve", request, startNs });
    },
  ).catch(async (error: unknown) => {
    child.kill("SIGKILL");
    await exited;
    throw error;
  });

  exited.then((error) => {
    for (const { refuse } of questions.splice(0)) refuse(error);
  });
  return {
    endpoints,
    pids,
    lost: new Promise((resolve) => {
      exited.then((error) => {
        if (!stopping) resolve(error);
      });
    }),
    planSteady: (plan) => send({ type: "steady", ...plan }),
    stats() {
      return new Promise((answer, refuse) => {
        questions.push({ answer, refuse });
        if (child.connected) send({ type: "stats" });
        else exited.then(refuse);
      });
    },
    async stop() {
      stopping = true;
      send({ type: "stop" });
      const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
      const error = await exited;
      clearTimeout(timer);
      if (lastStats === null) throw error;
      return lastStats;
    },
  };
}
