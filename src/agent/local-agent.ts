import { monotonicNs } from "../base/clock.ts";
import { debugLog } from "../base/debug.ts";
import { waitedNs } from "../base/schedstat.ts";
import { readText } from "../machine/read-text.ts";
import { Child } from "../processes/child.ts";
import type { ServerLog } from "../processes/child-log.ts";
import { describeExit } from "../processes/exit.ts";
import { StallWatch, stallLimitNs, stallLookMs } from "../processes/stall-watch.ts";
import type { AgentExit, AgentProcess } from "./agent-process.ts";
import type { FromAgent, ToAgent } from "./protocol.ts";

const debug = debugLog("agent");

/** What is not logged. */
const large: ReadonlySet<FromAgent["type"]> = new Set(["snapshot", "tcpSample", "tcpConnections"]);

/** An agent process of this machine. It is killed when it sends nothing any more, which a run would wait for for ever. */
export class LocalAgent implements AgentProcess {
  readonly pid: number;
  readonly exited: Promise<AgentExit>;
  readonly #index: number;
  readonly #child: Child<ToAgent, FromAgent>;
  readonly #watch = new StallWatch<null>(monotonicNs());
  readonly #looks: NodeJS.Timeout;
  /** Messages received from it; null: its silence means nothing. */
  #messages: number | null = null;
  /** Why it was killed as it was hung. */
  #silence: string | null = null;

  /** @param index of the agent in the plan */
  constructor(index: number, log: ServerLog, onMessage: (message: FromAgent) => void) {
    this.#index = index;
    this.#child = new Child<ToAgent, FromAgent>("agent/main", log.path, (message) => {
      // Snapshots come four times a second from every worker, and are large.
      if (debug.enabled && !large.has(message.type)) debug("from agent %d: %j", index, message);
      this.#note(message);
      onMessage(message);
    });
    this.pid = this.#child.pid;
    this.#looks = setInterval(() => this.#look(), stallLookMs);
    this.exited = this.#child.exited.then((exit) => {
      clearInterval(this.#looks);
      const tail = log.tail();
      const logLines = tail === "" ? "" : `; its last log lines: ${tail}`;
      return {
        exit,
        words: this.#child.startError + tail,
        reason: this.#silence ?? `agent ${index} exited: ${describeExit(exit)}${logLines}`,
      };
    });
  }

  send(message: ToAgent): void {
    this.#child.send(message);
  }

  kill(): void {
    this.#child.kill();
  }

  finish(withinMs: number): Promise<void> {
    return this.#child.finish(withinMs);
  }

  /** Once it is done, an agent ends soon, or is killed by `finish`. */
  #note(message: FromAgent): void {
    if (message.type === "done" || (message.type === "alive" && message.inspected)) {
      this.#messages = null;
    } else {
      this.#messages = (this.#messages ?? 0) + 1;
    }
  }

  #look(): void {
    const progress = [[null, this.#messages] as const];
    const waited = () => waitedNs(`/proc/${this.pid}`);
    if (this.#watch.look(monotonicNs(), progress, waited).length === 0) return;
    this.#silence = describeSilence(this.#index, this.pid);
    this.kill();
  }
}

/** Says why an agent is killed that sends nothing any more; call it before. */
function describeSilence(index: number, pid: number): string {
  const stat = readText(`/proc/${pid}/stat`) ?? "";
  // pid (command) state ...: the command may contain brackets.
  const state = stat.slice(stat.lastIndexOf(")") + 2)[0];
  const isStopped = state === "T" || state === "t";
  return (
    `agent ${index} (process ${pid}) sent nothing for ${stallLimitNs / 1e9} s` +
    (isStopped ? ", as it was stopped (SIGSTOP, or a debugger)," : "") +
    " and was killed"
  );
}
