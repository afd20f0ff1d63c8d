import type { AgentPlan } from "../plan/plan-types.ts";
import type { ServerExit } from "../processes/exit.ts";
import type { FromAgent, ToAgent } from "./protocol.ts";

/** How an agent ended. */
export interface AgentExit {
  /** Null where its process was not seen to end, as its host is gone. */
  readonly exit: ServerExit | null;
  /** What it printed, or why it was not started. */
  readonly words: string;
  /** For people: "agent 1 exited: exit code 1; its last log lines: ...". */
  readonly reason: string;
}

/** An agent as the coordinator holds it, wherever it runs. */
export interface AgentProcess {
  /** Null: it is not a process of this machine. */
  readonly pid: number | null;
  /** Resolves after its last message; never rejects. */
  readonly exited: Promise<AgentExit>;
  /** Sends a message; does nothing once it has exited. */
  send(message: ToAgent): void;
  kill(): void;
  /** Waits for its exit, and kills it if that takes longer. */
  finish(withinMs: number): Promise<void>;
}

/** Starts an agent of a plan; `onMessage` is called with each of its messages, in their order. */
export type StartAgent = (plan: AgentPlan, onMessage: (message: FromAgent) => void) => AgentProcess;
