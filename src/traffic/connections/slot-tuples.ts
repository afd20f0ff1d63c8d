import { emptyFlow } from "../../address/flow.ts";
import { RotationPorts } from "../../address/rotation-ports.ts";
import { counter, type Moment } from "../../metrics/snapshot.ts";
import type { TrafficContext } from "../traffic.ts";
import type { ConnectionPlan } from "./connection-user.ts";
import { LateReplies } from "./late-replies.ts";

/** Source ports in a row that are passed over as somebody else has taken them. */
const mostTaken = 64;

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
    const { space, workload, seed } = this.#context;
    this.#ports ??= new RotationPorts(space.spec, workload.connections, seed);
    this.#port ??= new Uint16Array(this.#plan.slots);
    const { sourcePort } = this.flow;
    const next = this.#isRotating
      ? this.#draw(slot, sourcePort)
      : this.#ports.following(sourcePort);
    this.#port[slot] = next;
    this.flow.sourcePort = next;
  }

  #draw(slot: number, port: number): number {
    const times = this.#times[slot] as number;
    this.#times[slot] = times + 1;
    const connection = this.#context.portion.firstConnection + slot;
    return (this.#ports as RotationPorts).next(connection, port, times);
  }

  /** As `findNext`, as the port is taken. @returns false where so many were taken that it is of no use */
  findPast(slot: number, moment: Moment): boolean {
    const taken = (this.#taken.get(slot) ?? 0) + 1;
    this.findNext(slot);
    const all = this.#ports?.countOf(this.flow.sourcePort) ?? Number.POSITIVE_INFINITY;
    if (taken > Math.min(mostTaken, all - 1)) return false;
    this.#taken.set(slot, taken);
    this.#context.recorder.count(moment, counter.portsTaken, 1);
    return true;
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

  /** The port was free. */
  opened(slot: number): void {
    if (this.#taken.size > 0) this.#taken.delete(slot);
  }

  /** UDP: as `findNext`, and listens on the port that is left, where the reply of what has timed out may still come. */
  leave(slot: number, expired: Moment): void {
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
