import { type Endpoint, formatEndpoint } from "../address/flow.ts";
import { UserError } from "../base/errors.ts";
import type { ListenerCounts } from "../metrics/broadcast/receiver-counts.ts";
import type { WorkloadPair } from "../plan/needs.ts";
import { Child } from "../processes/child.ts";
import { ServerLog } from "../processes/child-log.ts";
import { describeExit, quoteLog, type ServerExit } from "../processes/exit.ts";
import type { AudienceMeasured } from "../results/build/delivered.ts";
import type { Audience as AudienceSpec } from "../scenario/scenario.ts";
import { AudienceCollector } from "./collector.ts";
import {
  type ComeAndGo,
  type FromAudience,
  type ListenerPlan,
  type ListenRequest,
  spread,
  type ToAudience,
} from "./protocol.ts";

const startTimeoutMs = 30_000;

export interface AudienceContext {
  readonly logFolder: string;
  /** Address that listeners are bound to. */
  readonly bindTo: string;
  /** Processes ended that were not told to; for people. */
  readonly onLost: (what: string) => void;
}

/** The listeners of one broadcast, in processes of their own. */
export class Audience {
  readonly #name: string;
  readonly #endpoint: Endpoint;
  readonly #collector: AudienceCollector;
  readonly #processes: AudienceProcess[];
  #stopped: Promise<void> | null = null;

  /** @throws where the system starts no more processes */
  constructor({ plan, scenario }: WorkloadPair, io: "node" | "uring", context: AudienceContext) {
    const spec = scenario.audience as AudienceSpec;
    const [target] = plan.endpoints as readonly [Endpoint];
    const senders = scenario.connections;
    this.#name = plan.name;
    this.#endpoint = { address: context.bindTo, port: target.port };
    this.#collector = new AudienceCollector(senders, spec.listeners);
    this.#processes = spread(listenersOf(spec), spec.listenerProcesses).map(
      (listeners, index) =>
        new AudienceProcess(
          `listeners of ${plan.name}, process ${index + 1}`,
          {
            workload: plan.index,
            senders,
            space: plan.space,
            endpoint: this.#endpoint,
            group: spec.delivery === "multicast" ? target.address : null,
            io,
            threads: spec.listenerThreads,
            listeners,
          },
          new ServerLog(context.logFolder, `_listeners-${plan.index}-${index + 1}`),
          {
            heard: (message) => this.#collector.heard(message),
            reports: (reports) => this.#collector.reports(index, reports),
            lost: (exit) => {
              if (this.#stopped === null) context.onLost(exit);
            },
          },
        ),
    );
  }

  /** @throws (rejects with) UserError where listeners cannot be bound */
  async listening(): Promise<void> {
    try {
      await Promise.all(this.#processes.map((process) => process.listening()));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      const place = `workload ${this.#name}: no listener can be bound to ${formatEndpoint(this.#endpoint)}`;
      throw new UserError(
        code === "EADDRINUSE"
          ? `${place}: another program has it to itself; end it, or choose another port`
          : `${place}: ${(error as Error).message}`,
      );
    }
  }

  /** Lets the listeners take in what has come, and ends them. Idempotent, never rejects. */
  stop(withinMs: number): Promise<void> {
    const all = () => Promise.all(this.#processes.map((process) => process.stop(withinMs)));
    this.#stopped ??= all().then(() => {
      this.#collector.end();
    });
    return this.#stopped;
  }

  /** Names of the processes that ended without having told what they heard, after `stop`. */
  get silent(): readonly string[] {
    return this.#processes.filter(({ reported }) => !reported).map(({ name }) => name);
  }

  /** All that was heard, after `stop`. */
  get measured(): AudienceMeasured {
    return this.#collector.measured;
  }
}

/** The listeners by number; those that come and go begin to leave one after the other. */
function listenersOf({ listeners, comeAndGo }: AudienceSpec): ListenerPlan[] {
  return Array.from({ length: listeners }, (_, listener): ListenerPlan => {
    const place = comeAndGo === null ? -1 : listener - (listeners - comeAndGo.listeners);
    if (comeAndGo === null || place < 0) return { listener, comeAndGo: null };
    const { stayNs, awayNs } = comeAndGo;
    const firstStayNs = Math.ceil(((place + 1) / comeAndGo.listeners) * stayNs);
    return { listener, comeAndGo: { firstStayNs, stayNs, awayNs } satisfies ComeAndGo };
  });
}

interface AudienceEvents {
  heard(message: FromAudience & { type: "heard" }): void;
  reports(reports: readonly ListenerCounts[]): void;
  /** It ended by itself. */
  lost(what: string): void;
}

class AudienceProcess {
  readonly name: string;
  /** Whether it has told all that its listeners counted. */
  reported = false;
  readonly #log: ServerLog;
  readonly #child: Child<ToAudience, FromAudience>;
  readonly #answer: Promise<FromAudience>;
  #isListening = false;

  constructor(name: string, request: ListenRequest, log: ServerLog, events: AudienceEvents) {
    this.name = name;
    this.#log = log;
    let answered: (message: FromAudience) => void;
    this.#answer = new Promise((resolve) => {
      answered = resolve;
    });
    let failure = "";
    this.#child = new Child("broadcast/main", log.path, (message) => {
      if (message.type === "heard") events.heard(message);
      else if (message.type === "reports") {
        this.reported = true;
        events.reports(message.reports);
      } else {
        if (message.type === "failed") failure = `: ${message.message} (${message.code})`;
        answered(message);
      }
    });
    this.#child.send({ type: "listen", request });
    void this.#child.exited.then((exit) => {
      if (this.#isListening)
        events.lost(`${name} ended in mid-run (${describeExit(exit)}${failure})`);
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
    if (answer === null) throw new Error(`${this.name} did not start within 30 s`);
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
    throw new Error(
      `${this.name} ended before it listened (${describeExit(exit)}).` +
        quoteLog(this.#log.tail(), this.#log.path),
    );
  }

  async stop(withinMs: number): Promise<void> {
    this.#isListening = false;
    this.#child.send({ type: "stop" });
    await this.#child.finish(withinMs);
    this.#log.removeIfEmpty();
  }
}

function isAnswer(answer: FromAudience | ServerExit): answer is FromAudience {
  return "type" in answer;
}
