import { type Endpoint, formatEndpoint } from "../address/flow.ts";
import { monotonicNs } from "../base/clock.ts";
import { serverError } from "../base/errors.ts";
import type { IoKind } from "../base/io-kind.ts";
import { spread } from "../base/spread.ts";
import type { DeliveryInterval } from "../metrics/broadcast/interval-latency.ts";
import type { Pause } from "../metrics/disturbance/disturbance.ts";
import type { WorkloadPair } from "../plan/needs.ts";
import { Child } from "../processes/child.ts";
import { ServerLog } from "../processes/child-log.ts";
import { describeExit, quoteLog, type ServerExit } from "../processes/exit.ts";
import { StallWatch, stallLookMs } from "../processes/stall-watch.ts";
import { lateStart, startFailure } from "../processes/start-failure.ts";
import type { BroadcastMeasured } from "../results/build/delivered.ts";
import type { Broadcast } from "../scenario/scenario.ts";
import { type DisturbedTimes, ReceiverCollector } from "./collector.ts";
import type {
  FromReceivers,
  ListenRequest,
  Membership,
  ReceiverPlan,
  ToReceivers,
} from "./protocol.ts";

const startTimeoutMs = 30_000;

export interface ReceiversContext {
  readonly logFolder: string;
  /** Address that receivers are bound to. */
  readonly bindTo: string;
  /** Of the run, in stamps. */
  readonly stampTag: number;
  /** The number of its first thread: see `receiverThreads`. */
  readonly firstThread: number;
  readonly events: ReceiversEvents;
  readonly disturbed: DisturbedTimes;
}

/** Reports to the run. */
export interface ReceiversEvents {
  /** Processes exited unexpectedly; for people. */
  onLost(what: string): void;
  interval(workload: number, interval: DeliveryInterval): void;
  pauses(pauses: readonly Pause[]): void;
}

/** The receivers of one broadcast, in separate processes. */
export class Receivers {
  readonly #name: string;
  readonly #endpoint: Endpoint;
  readonly #collector: ReceiverCollector;
  readonly #processes: ReceiverProcess[];
  #stopped: Promise<void> | null = null;

  /** @throws where the system starts no more processes */
  constructor({ plan, scenario }: WorkloadPair, io: IoKind, context: ReceiversContext) {
    const spec = scenario.broadcast as Broadcast;
    const [target] = plan.endpoints as readonly [Endpoint];
    const senders = scenario.connections;
    this.#name = plan.name;
    this.#endpoint = { address: context.bindTo, port: target.port };
    this.#collector = new ReceiverCollector(senders, spec.receivers, context.disturbed);
    this.#processes = spread(receiversOf(spec), spec.receiverProcesses).map(
      (receivers, index) =>
        new ReceiverProcess(
          `receivers of ${plan.name}, process ${index + 1}`,
          {
            workload: plan.index,
            stampTag: context.stampTag,
            senders,
            space: plan.space,
            endpoint: this.#endpoint,
            group: spec.delivery === "multicast" ? target.address : null,
            io,
            threads: spec.receiverThreads,
            firstThread: context.firstThread + index * spec.receiverThreads,
            receivers,
          },
          new ServerLog(context.logFolder, `_receivers-${plan.index}-${index + 1}`),
          {
            received: (message) => this.#collector.add(message),
            reports: ({ reports, arrivals }) => this.#collector.reports(index, reports, arrivals),
            interval: ({ interval }) => context.events.interval(plan.index, interval),
            pauses: ({ pauses }) => context.events.pauses(pauses),
            lost: (exit) => {
              if (this.#stopped === null) context.events.onLost(exit);
            },
          },
        ),
    );
  }

  /** @throws (rejects with) UserError where receivers cannot be bound */
  async listening(): Promise<void> {
    try {
      await Promise.all(this.#processes.map((process) => process.listening()));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      const place = `workload ${this.#name}: no receiver can be bound to ${formatEndpoint(this.#endpoint)}`;
      throw serverError(
        code === "EADDRINUSE"
          ? `${place}: another program uses it exclusively; end that program, or choose another port`
          : `${place}: ${(error as Error).message}`,
      );
    }
  }

  /** Those that have the sockets, as "pid/thread"; once they listen. */
  get threads(): readonly string[] {
    return this.#processes.flatMap(({ threads }) => threads);
  }

  /** The broadcast's steady state is known: what arrives in it is counted by its seconds. */
  planSteady(fromNs: number, toNs: number): void {
    for (const process of this.#processes) process.planSteady(fromNs, toNs);
  }

  /** Lets the receivers read what has arrived, then ends them. Idempotent, never rejects. */
  stop(withinMs: number): Promise<void> {
    const all = () => Promise.all(this.#processes.map((process) => process.stop(withinMs)));
    this.#stopped ??= all().then(() => {
      this.#collector.end();
    });
    return this.#stopped;
  }

  /** Names of the processes that exited without reporting what they received; after `stop`. */
  get silent(): readonly string[] {
    return this.#processes.filter(({ reported }) => !reported).map(({ name }) => name);
  }

  /** Everything that was received; after `stop`. */
  get measured(): BroadcastMeasured {
    return this.#collector.measured;
  }
}

/** Lists the receivers by number; those that join and leave start to leave one after the other. */
function receiversOf({ receivers, membership }: Broadcast): ReceiverPlan[] {
  return Array.from({ length: receivers }, (_, receiver): ReceiverPlan => {
    const place = membership === null ? -1 : receiver - (receivers - membership.receivers);
    if (membership === null || place < 0) return { receiver, membership: null };
    const { joinedForNs, leftForNs } = membership;
    const firstJoinedNs = Math.ceil(((place + 1) / membership.receivers) * joinedForNs);
    return { receiver, membership: { firstJoinedNs, joinedForNs, leftForNs } satisfies Membership };
  });
}

interface ReceiverEvents {
  received(message: FromReceivers & { type: "received" }): void;
  reports(message: FromReceivers & { type: "reports" }): void;
  interval(message: FromReceivers & { type: "interval" }): void;
  pauses(message: FromReceivers & { type: "pauses" }): void;
  /** It exited unexpectedly. */
  lost(what: string): void;
}

class ReceiverProcess {
  readonly name: string;
  /** Whether it has reported everything that its receivers counted. */
  reported = false;
  threads: readonly string[] = [];
  readonly #log: ServerLog;
  readonly #child: Child<ToReceivers, FromReceivers>;
  readonly #answer: Promise<FromReceivers>;
  #isListening = false;
  #messages = 0;

  constructor(name: string, request: ListenRequest, log: ServerLog, events: ReceiverEvents) {
    this.name = name;
    this.#log = log;
    let answered: (message: FromReceivers) => void;
    this.#answer = new Promise((resolve) => {
      answered = resolve;
    });
    let failure = "";
    this.#child = new Child("broadcast/main", log.path, (message) => {
      this.#messages++;
      if (message.type === "received") events.received(message);
      else if (message.type === "interval") events.interval(message);
      else if (message.type === "pauses") events.pauses(message);
      else if (message.type === "reports") {
        this.reported = true;
        events.reports(message);
      } else {
        if (message.type === "listening") this.threads = message.threads;
        if (message.type === "failed") failure = `: ${message.message} (${message.code})`;
        answered(message);
      }
    });
    this.#child.send({ type: "listen", request });
    void this.#child.exited.then((exit) => {
      if (this.#isListening)
        events.lost(`${name} exited during the run (${describeExit(exit)}${failure})`);
    });
  }

  async listening(): Promise<void> {
    const timer = new AbortController();
    const late = new Promise<null>((resolve) => {
      const timeout = setTimeout(resolve, startTimeoutMs, null);
      timer.signal.addEventListener("abort", () => clearTimeout(timeout));
    });
    const answer = await Promise.race([this.#answer, this.#child.exited, late]);
    timer.abort();
    if (answer === null) throw lateStart(this.name, startTimeoutMs / 1000);
    if (isAnswer(answer)) {
      if (answer.type === "listening") {
        this.#isListening = true;
        return;
      }
      if (answer.type === "failed") {
        throw Object.assign(new Error(answer.message), { code: answer.code });
      }
    }
    const exit = await this.#child.exited;
    const limited = startFailure(this.name, exit, this.#child.startError + this.#log.tail());
    if (limited !== null) throw limited;
    throw new Error(
      `${this.name} exited before it listened (${describeExit(exit)}).` +
        quoteLog(this.#log.tail(), this.#log.path),
    );
  }

  planSteady(fromNs: number, toNs: number): void {
    this.#child.send({ type: "steady", fromNs, toNs });
  }

  /** While it reads what has arrived it reports that; one that is silent is not waited for. */
  async stop(withinMs: number): Promise<void> {
    this.#isListening = false;
    this.#child.send({ type: "stop" });
    const watch = new StallWatch<this>(monotonicNs());
    const looks = setInterval(() => {
      const hung = watch.look(monotonicNs(), [[this, this.#messages]]);
      if (hung.length > 0) this.#child.kill();
    }, stallLookMs);
    await this.#child.finish(withinMs);
    clearInterval(looks);
    this.#log.removeIfEmpty();
  }
}

function isAnswer(answer: FromReceivers | ServerExit): answer is FromReceivers {
  return "type" in answer;
}
