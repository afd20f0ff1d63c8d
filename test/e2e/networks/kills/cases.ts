/** What is done to a run over hosts, and when: drawn from a seed. */
import { type HostName, hostNames } from "../host-network.ts";

export const victims = ["agent", "host", "coordinator", "broker"] as const;
export type Victim = (typeof victims)[number];

export const moments = [
  "before agents",
  "opening",
  "warm-up",
  "steady",
  "draining",
  "writing",
] as const;
export type KillMoment = (typeof moments)[number];

export interface Kill {
  readonly victim: Victim;
  /** Whose agent, or which host; nobody looks at it for the others. */
  readonly host: HostName;
  readonly moment: KillMoment;
  /** How far into that moment, 0 to 1. */
  readonly at: number;
  /** SIGKILL; otherwise SIGSTOP, and SIGCONT later. */
  readonly isKill: boolean;
  /** Until a broker that was killed is started again, or what was stopped goes on. */
  readonly forMs: number;
}

/** As many as are wanted: all pairs of a victim and a moment, killed and stopped, in random order, and over again. */
export function killsOf(seed: number, count: number): readonly Kill[] {
  const random = randomOf(seed);
  const pairs = victims.flatMap((victim) =>
    moments.flatMap((moment) => [true, false].map((isKill) => ({ victim, moment, isKill }))),
  );
  const kills: Kill[] = [];
  while (kills.length < count) {
    for (const pair of shuffled(pairs, random)) {
      kills.push({
        ...pair,
        // Before there are agents there is none to be killed.
        victim: pair.victim === "agent" && pair.moment === "before agents" ? "host" : pair.victim,
        host: hostNames[Math.floor(random() * hostNames.length)] as HostName,
        at: random(),
        forMs: 1_000 + Math.round(random() * (pair.isKill ? 3_000 : 2_000)),
      });
    }
  }
  return kills.slice(0, count);
}

export function killText({ victim, host, moment, isKill, forMs }: Kill): string {
  const whose = victim === "agent" ? ` of ${host}` : victim === "host" ? ` ${host}` : "";
  const isBack = !isKill || victim === "broker";
  const how = `${isKill ? "killed" : "stopped"}${isBack ? ` ${forMs} ms` : ""}`;
  return `${victim}${whose} ${how}, ${moment}`;
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

/** mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
