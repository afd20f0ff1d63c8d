import { emptyFlow } from "../../address/flow.ts";
import { type ProtocolFacts, protocols } from "../../address/protocol.ts";
import { RotationPorts } from "../../address/rotation-ports.ts";
import { counter, type Moment } from "../../metrics/snapshot.ts";
import type { TrafficContext } from "../traffic.ts";
import type { ConnectionPlan } from "./connection-user.ts";
import { LateReplies } from "./late-replies.ts";
import type { Expired } from "./reopening.ts";

/**
 * Codes that say that somebody else has taken the source port. A TCP port may be shared, but not towards one
 * destination: the kernel refuses a 4-tuple that exists as an address that is not available. Over UDP, where ports
 * are not shared, that code only says that the machine does not have the address.
 */
const takenCodes = { shared: ["EADDRINUSE", "EADDRNOTAVAIL"], single: ["EADDRINUSE"] } as const;

function isTaken(code: string | null, { hasConnections }: ProtocolFacts): boolean {
  const codes: readonly (string | null)[] = takenCodes[hasConnections ? "shared" : "single"];
  return codes.includes(code);
}

/** Source ports in a row that are passed over as somebody else has taken them. */
const mostTaken = 64;

/**
 * After so many in a row a slot looks elsewhere in what it has: another program that holds thousands of ports in a
 * row, as a run with the same sources does, would take longer to walk past than any connection may wait.
 */
const mostNext = 8;

/** Tuples that a walk leaves out at most to look elsewhere. */
const longestStride = 4096;

/**
 * The 4-tuple from which each slot is opened: that of its plan at first, then from the next of the source ports that the
 * slot alone has. One that somebody else has taken meanwhile is passed over.
 */
export class SlotTuples {
  /** What the methods below fill. */
  readonly flow = emptyFlow();
  readonly #context: TrafficContext;
  readonly #plan: ConnectionPlan;
  readonly #isRotating: boolean;
  #ports: RotationPorts | null = null;
  /** By slot; 0: that of its plan. Null: no slot has left it. */
  #port: Uint16Array | null = null;
  /** Rotations, by slot. */
  readonly #times: Float64Array;
  /** Ports in a row that were taken, by slot. */
  readonly #taken = new Map<number, number>();
  readonly #sources: string[] | null;
  #late: LateReplies | null = null;

  /** @param keepSources whether `sourceOf` will be called */
  constructor(context: TrafficContext, plan: ConnectionPlan, keepSources: boolean) {
    this.#context = context;
    this.#plan = plan;
    this.#sources = keepSources ? new Array<string>(plan.slots).fill("") : null;
    this.#isRotating = context.workload.socket === "rotating";
    this.#times = new Float64Array(this.#isRotating ? plan.slots : 0);
  }

  /** Finds the slot's tuple: of a plan that walks, the next. */
  find(slot: number): void {
    this.#context.space.at(this.#plan.tuple(slot), this.flow);
    const port = this.#port?.[slot] ?? 0;
    if (port !== 0) this.flow.sourcePort = port;
  }

  /** Finds the slot's tuple and takes the next port. */
  findNext(slot: number): void {
    this.find(slot);
    if (this.#plan.walks) return;
    const { sourcePort } = this.flow;
    const ports = this.#allPorts;
    this.#move(slot, this.#isRotating ? this.#draw(slot, sourcePort) : ports.following(sourcePort));
  }

  get #allPorts(): RotationPorts {
    const { space, workload, seed } = this.#context;
    this.#ports ??= new RotationPorts(space.spec, workload.connections, seed);
    return this.#ports;
  }

  #move(slot: number, port: number): void {
    this.#port ??= new Uint16Array(this.#plan.slots);
    this.#port[slot] = port;
    this.flow.sourcePort = port;
  }

  #draw(slot: number, port: number): number {
    const times = this.#times[slot] as number;
    this.#times[slot] = times + 1;
    return this.#allPorts.next(this.#connection(slot), port, times);
  }

  #connection(slot: number): number {
    return this.#context.portion.firstConnection + slot;
  }

  /**
   * Where the slot could not be opened as its port is taken: finds another, the next ones at first, then some of all
   * that the slot has.
   *
   * @param code of the attempt that failed
   * @returns    false where it failed for another reason, or so many were taken that another attempt is pointless
   */
  passOver(slot: number, code: string | null, moment: Moment): boolean {
    if (!isTaken(code, protocols[this.#context.workload.protocol])) {
      this.free(slot, moment);
      return false;
    }
    const taken = (this.#taken.get(slot) ?? 0) + 1;
    const isFar = taken > mostNext;
    let most: number;
    if (this.#plan.walks) {
      most = mostTaken;
      const { portion, space } = this.#context;
      const { ofPortions } = portion.part ?? portion;
      const each = Math.floor((space.size - space.first) / ofPortions / mostTaken);
      const stride = isFar ? Math.min(longestStride, Math.max(1, each)) : 1;
      for (let step = 0; step < stride; step++) this.find(slot);
    } else {
      this.find(slot);
      const { sourcePort } = this.flow;
      const all = this.#allPorts.countOf(sourcePort);
      most = Math.min(mostTaken, all - 1);
      // One after the other, all of a few are found.
      if (isFar && all > mostTaken && !this.#isRotating) {
        this.#move(slot, this.#allPorts.next(this.#connection(slot), sourcePort, taken));
      } else this.findNext(slot);
    }
    if (taken <= most) this.#taken.set(slot, taken);
    else this.#taken.delete(slot);
    return taken <= most;
  }

  /** The slot is opened from the tuple that was found last. */
  uses(slot: number): void {
    const { sourceAddress, sourcePort } = this.flow;
    if (this.#sources !== null) this.#sources[slot] = `${sourceAddress}:${sourcePort}`;
  }

  /** Source of the slot's connection as "address:port", for templates. */
  sourceOf(slot: number): string {
    return this.#sources?.[slot] ?? "";
  }

  /** The port was free: what was taken before it has been passed over. */
  free(slot: number, moment: Moment): void {
    if (this.#taken.size === 0) return;
    const taken = this.#taken.get(slot) ?? 0;
    this.#taken.delete(slot);
    if (taken > 0) this.#context.recorder.count(moment, counter.portsTaken, taken);
  }

  /** UDP: as `findNext`, and listens on the port that is left, where the reply of what has timed out may still come. */
  leave(slot: number, expired: Expired): void {
    this.find(slot);
    const left = { ...this.flow };
    this.findNext(slot);
    this.#late ??= new LateReplies(this.#context);
    this.#late.listen(slot, left, expired, this.#ports?.countOf(left.sourcePort) ?? 1);
  }

  /** Listens on no port any more. */
  end(): void {
    this.#late?.end();
  }

  /** Whether no port is listened on. */
  get none(): boolean {
    return this.#late?.none !== false;
  }
}
