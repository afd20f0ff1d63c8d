import type { FlowSpaceSpec } from "../address/flow-space.ts";
import { TupleIds } from "../address/tuple-ids.ts";
import { monotonicNs } from "../base/clock.ts";
import type { TcpConnections, TcpSample } from "../metrics/tcp/sample.ts";
import { ConnectionTable } from "./connection-table.ts";
import { DiagSocket } from "./diag-socket.ts";
import { look } from "./look.ts";
import { nextLook } from "./look-times.ts";

export interface SamplerEvents {
  sample(sample: TcpSample): void;
  /** The last that was seen of each connection, at the end. */
  ended(connections: TcpConnections): void;
  /** No look is taken any more. */
  failed(error: Error): void;
}

/** Connections that a look is at, at most: a sample where there are more. */
const mostConnections = 20_000;

/** Looks at the TCP connections of one workload again and again, from its opening to its end. */
export class TcpSampler {
  readonly #workload: number;
  readonly #everyNs: number;
  readonly #events: SamplerEvents;
  readonly #ids: TupleIds;
  readonly #table = new ConnectionTable(mostConnections);
  readonly #diag = new DiagSocket();
  #timer: NodeJS.Timeout | null = null;
  #isLooking = false;
  #hasEnded = false;
  #sinceNs = Number.POSITIVE_INFINITY;
  #steadyNs = Number.POSITIVE_INFINITY;
  #endNs = Number.POSITIVE_INFINITY;

  constructor(workload: number, space: FlowSpaceSpec, everyNs: number, events: SamplerEvents) {
    this.#workload = workload;
    this.#everyNs = everyNs;
    this.#events = events;
    this.#ids = new TupleIds(space);
  }

  /** Its connections are opened from then on; monotonic clock. */
  open(atNs: number): void {
    this.#sinceNs = atNs;
    this.#plan();
  }

  /** Its steady state is planned. @param endNs Infinity: its end is not known */
  steady(fromNs: number, endNs: number): void {
    this.#steadyNs = fromNs;
    this.#endNs = endNs;
    this.#plan();
  }

  /** Steady state ends earlier. */
  endAt(ns: number): void {
    this.#endNs = Math.min(this.#endNs, ns);
  }

  /** Its connections are closed. Idempotent. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#events.ended({ workload: this.#workload, ...this.#table.last() });
    if (!this.#isLooking) this.#diag.release();
  }

  #plan(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#hasEnded || this.#isLooking || !Number.isFinite(this.#sinceNs)) return;
    const times = { everyNs: this.#everyNs, steadyNs: this.#steadyNs, endNs: this.#endNs };
    const waitNs = nextLook(times, this.#sinceNs) - monotonicNs();
    this.#timer = setTimeout(() => void this.#look(), Math.max(0, Math.ceil(waitNs / 1e6)));
  }

  async #look(): Promise<void> {
    const atNs = monotonicNs();
    this.#isLooking = true;
    try {
      const isStopped = () => this.#hasEnded;
      const found = await look(this.#diag, this.#ids, this.#table, mostConnections, isStopped);
      if (!this.#hasEnded) this.#report(atNs, found);
    } catch (error) {
      this.#events.failed(error as Error);
      this.#hasEnded = true;
    } finally {
      this.#isLooking = false;
      if (this.#hasEnded) this.#diag.release();
    }
    this.#plan();
  }

  #report(atNs: number, found: { readonly complete: boolean; readonly costNs: number }): void {
    const sinceNs = this.#sinceNs;
    this.#sinceNs = atNs;
    const steady = atNs >= this.#steadyNs && atNs <= this.#endNs;
    this.#events.sample({
      workload: this.#workload,
      atNs,
      sinceNs,
      steady,
      steadySince: steady && sinceNs >= this.#steadyNs,
      ...found,
      ...this.#table.take(),
    });
  }
}
