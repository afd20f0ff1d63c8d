/**
 * Messages between the coordinator and a host, over NATS. A host is the process behind `slash8 agent`.
 *
 *     coordinator                               host
 *     discover (slash8.discover)             ->           whoever is there answers with an `Announcement`
 *     claim (slash8.claim.<host>)            ->           answered with `Claimed`; from here on over a channel
 *                                                         of slash8.run.<run>.<host>
 *     clock {sentNs}                         ->
 *                                           <-  clock     at once, with the host's own time
 *     plan {plan, offsetNs}                  ->           once for all of its agents
 *                                           <-  accepted  or refused, as the host's own limits say
 *     open {agent}                           ->           an agent process is started
 *                                           <-  fromAgent {agent, message}   as in agent/protocol.ts
 *     begin {agent}                          ->           its `start`, as it speaks the same
 *     toAgent {agent, message}               ->           the rest
 *     kill {agent}                           ->
 *                                           <-  exited {agent, ...}   after its last message
 *
 * Times in messages of agents are the coordinator's: the host converts them. When the channel closes, the host kills what
 * it started, and can be claimed again.
 */

import type { AgentExit } from "../agent/agent-process.ts";
import type { FromAgent, Hello, ToAgent } from "../agent/protocol.ts";
import type { IoChoice, IoKind } from "../base/io-kind.ts";
import type { HostFacts } from "../machine/host-facts.ts";
import type { Listening } from "../machine/listening.ts";
import type { Plan } from "../plan/plan-types.ts";

export const subjects = {
  discover: "slash8.discover",
  claim: (host: string) => `slash8.claim.${host}`,
  down: (run: string, host: string) => `slash8.run.${run}.${host}.down`,
  up: (run: string, host: string) => `slash8.run.${run}.${host}.up`,
} as const;

/** What a host says of itself to whoever asks. */
export interface Announcement {
  readonly name: string;
  /** Of the process: two of one name are told apart by it. */
  readonly instance: string;
  readonly hello: Hello;
  readonly facts: HostFacts;
  /** Of its interfaces, without loopback, with the lengths of their prefixes. */
  readonly addresses: readonly string[];
  readonly io: IoKind;
  /** What it runs, "chat of anna@build-1"; null: nothing. */
  readonly busyWith: string | null;
  /** Its own limits, for people. */
  readonly limits: readonly string[];
}

export interface Claim {
  readonly instance: string;
  /** Of the run: its channels are named by it. */
  readonly run: string;
  readonly hello: Hello;
  readonly io: IoChoice;
  /** For people, as `busyWith`. */
  readonly purpose: string;
}

export type Claimed =
  | {
      readonly type: "claimed";
      readonly io: IoKind;
      /** Why the fast io cannot be used; null where it can. */
      readonly obstacle: string | null;
      readonly facts: HostFacts;
      readonly addresses: readonly string[];
      readonly listening: Listening;
      /** Source addresses that other runs on it have, as texts of ranges. */
      readonly leased: readonly (readonly string[])[];
    }
  | { readonly type: "refused"; readonly reason: string };

export type ToHost =
  | { readonly type: "clock"; readonly sentNs: number }
  | { readonly type: "plan"; readonly plan: Plan; readonly offsetNs: number }
  | { readonly type: "open"; readonly agent: number }
  | { readonly type: "begin"; readonly agent: number }
  | {
      readonly type: "toAgent";
      readonly agent: number;
      readonly message: Exclude<ToAgent, { readonly type: "start" }>;
    }
  | { readonly type: "kill"; readonly agent: number };

export type FromHost =
  | { readonly type: "clock"; readonly sentNs: number; readonly atNs: number }
  | { readonly type: "accepted" }
  | { readonly type: "refused"; readonly reason: string }
  | { readonly type: "fromAgent"; readonly agent: number; readonly message: FromAgent }
  | { readonly type: "exited"; readonly agent: number; readonly exit: AgentExit };

/**
 * How long the other end may be silent, and the NATS server be out of reach: DeliveryLimits. A host ends its traffic soon
 * when the coordinator is gone; the coordinator, which a host's loss ends a run for, waits for as long as for an agent here.
 */
export const hostLimits = { silenceNs: 1.25e9, interruptionNs: 6e9 } as const;
export const coordinatorLimits = { silenceNs: 5e9, interruptionNs: 6e9 } as const;
