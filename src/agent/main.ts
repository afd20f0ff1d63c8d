/**
 * The agent process: a Piscina pool with a thread for each of its workers. It passes messages between
 * them and the coordinator. It exits on `end`, and at once when the coordinator's channel closes.
 */
import inspector from "node:inspector";
import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { assert } from "../base/assert.ts";
import { monotonicNs } from "../base/clock.ts";
import { debugLog } from "../base/debug.ts";
import { UserError } from "../base/errors.ts";
import { packageFile } from "../base/package-file.ts";
import { waitedNs } from "../base/schedstat.ts";
import { channelToParent } from "../channel/ipc-channel.ts";
import { backends } from "../io/backends.ts";
import type { DataSets } from "../messages/data/data-set.ts";
import type { Plan } from "../plan/plan-types.ts";
import { StallWatch, stallLookMs } from "../processes/stall-watch.ts";
import type { Workload } from "../scenario/scenario.ts";
import { Control } from "./control.ts";
import { CpuMeter } from "./cpu-meter.ts";
import { exitReason } from "./exit-reason.ts";
import { measureHarnessLatency } from "./harness-latency.ts";
import { ownHello } from "./hello.ts";
import { hungWorker } from "./hung-worker.ts";
import { loadData } from "./load-data.ts";
import type { FromAgent, ToAgent } from "./protocol.ts";
import { TcpTelemetry } from "./tcp-telemetry.ts";
import { Turns } from "./turns.ts";
import type { FromWorker, WorkerTask } from "./worker.ts";

// The coordinator decides when to stop, also when a terminal or a CI job signals the whole group.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

const debug = debugLog("agent");

/** How often the coordinator is sent a sign of life: far more often than it needs one. */
const aliveEveryMs = 500;

let control: Control | null = null;
let workloads: readonly Workload[] = [];
const meter = new CpuMeter();
let telemetry: TcpTelemetry | null = null;

const channel = channelToParent<FromAgent, ToAgent>();
void channel.closed.then(() => process.exit(1));
channel.onMessage((message) => {
  debug("received %s", message.type);
  if (message.type === "start") {
    control = Control.create(message.plan.workloads.length);
    workloads = message.plan.scenario.workloads;
    setInterval(reportAlive, aliveEveryMs).unref();
    reportAlive();
    void runAgent(message.plan, message.agent, control).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  } else if (message.type === "schedule") {
    control?.set(message.workload, message);
    telemetry?.schedule(message);
    const workload = workloads[message.workload];
    if (message.beginAtNs !== undefined && workload !== undefined) {
      const steadyNs = message.beginAtNs + workload.warmUpNs;
      meter.plan(steadyNs, steadyNs + (workload.durationNs ?? Number.POSITIVE_INFINITY));
    }
  } else {
    process.exit(0);
  }
});
send(ownHello());

function send(message: FromAgent): void {
  channel.send(message);
}

/** A debugger may stop an agent for as long as it likes. */
function isInspected(): boolean {
  return inspector.url() !== undefined;
}

function reportAlive(): void {
  send({ type: "alive", inspected: isInspected() });
}

async function runAgent(plan: Plan, agent: number, control: Control): Promise<void> {
  const workers = plan.agents[agent]?.workers ?? [];
  assert(workers.length > 0, "an agent has workers");
  meter.workers = workers.length;
  if (agent === 0)
    send({
      type: "harnessLatency",
      ...(await measureHarnessLatency(await backends[plan.io].create({ busyPoll: true }))),
    });
  telemetry = await TcpTelemetry.create(plan, agent, send);
  const data = await dataOf(plan, agent, workers);
  if (data === null) return;
  // One task per thread, all at once: fewer threads would leave tasks waiting, and the barrier
  // with them. Without `atomics: "disabled"` an idle thread sleeps on a lock, sockets and all.
  const pool = new Piscina({
    filename: packageFile("dist/agent/worker.js").href,
    minThreads: workers.length,
    maxThreads: workers.length,
    concurrentTasksPerWorker: 1,
    atomics: "disabled",
    idleTimeout: 0,
  });
  const turns = Turns.create(workers.length);
  const hung = workers.map(() => new AbortController());
  /** Those that are found hung. */
  const ending = new Set<number>();
  const watch = new StallWatch<number>(monotonicNs());
  /** By index; null before they begin, and where the system does not report it. */
  const threadOf: (string | null)[] = workers.map(() => null);
  const waitedBy = (index: number) => {
    const thread = threadOf[index] ?? null;
    return thread === null ? null : waitedNs(`/proc/${thread.replace("/", "/task/")}`);
  };
  const looks = setInterval(() => {
    const progress = hung.map(
      (_, index) =>
        [index, ending.has(index) || isInspected() ? null : turns.progress(index)] as const,
    );
    for (const index of watch.look(monotonicNs(), progress, waitedBy)) {
      const workload = turns.userCode(index);
      const spec = workload === null ? null : plan.scenario.workloads[workload];
      ending.add(index);
      void hungWorker(spec ?? null).then((reason) => hung[index]?.abort(reason));
    }
  }, stallLookMs);
  const passOn = (message: FromAgent) => {
    if (message.type === "finished") {
      meter.end();
      telemetry?.finished(message.worker, message.workload);
    }
    send(message);
  };
  let ready = 0;
  const threads: string[] = [];
  const oneReady = (thread: string | null) => {
    ready++;
    if (thread !== null) threads.push(thread);
    if (ready === workers.length) send({ type: "ready", agent, threads });
  };
  await Promise.all(
    workers.map(async (worker, index) => {
      const { port1, port2 } = new MessageChannel();
      let isReady = false;
      const becomeReady = (thread: string | null) => {
        if (!isReady) oneReady(thread);
        isReady = true;
      };
      port1.on("message", (message: FromWorker) => {
        if (message.type === "workerBegins") threadOf[index] = message.thread;
        else if (message.type === "workerReady") becomeReady(threadOf[index] ?? null);
        else if (message.type === "utilization") meter.add(message.utilization);
        else passOn(message);
      });
      const drained = new Promise<void>((resolve) => port1.once("close", () => resolve()));
      const task: WorkerTask = {
        plan,
        data,
        worker,
        control: control.buffer,
        turns: turns.buffer,
        turn: index,
        port: port2,
      };
      const signal = hung[index]?.signal as AbortSignal;
      try {
        // The signal terminates the thread, which loses what it has not reported: for one that is hung only.
        await pool.run(task, { transferList: [port2], signal });
        await drained;
      } catch (error) {
        const cause: unknown = signal.aborted ? signal.reason : error;
        const reason = exitReason(cause, plan.scenario.workloads, turns.userCode(index));
        send({ type: "workerExited", worker, reason });
        becomeReady(null);
      }
    }),
  );
  clearInterval(looks);
  await pool.destroy();
  telemetry.end();
  send({ type: "done", agent, cpu: meter.take(), workers: meter.takeWorkers() });
}

/** What messages take rows from; null where it cannot be read any more: the agent's workers do not begin then. */
async function dataOf(
  plan: Plan,
  agent: number,
  workers: readonly number[],
): Promise<DataSets | null> {
  try {
    return await loadData(plan.scenario.data);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    for (const worker of workers) {
      send({ type: "workerExited", worker, reason: error.message });
    }
    send({ type: "ready", agent, threads: [] });
    send({ type: "done", agent, cpu: meter.take(), workers: meter.takeWorkers() });
    return null;
  }
}
