import type { SparseCounts } from "../snapshot.ts";
import { mergeCounts, noCounts, percentileOf } from "../sparse-counts.ts";
import { type AddedUp, addedUp, tcpFields } from "./fields.ts";
import type { TcpConnections, TcpSample } from "./sample.ts";

/** Entries of the timeline, at most: beyond, each two neighbours become one. */
const mostEntries = 1200;

/** A time of the run: one look, or several neighbours. */
export interface TcpMoment {
  readonly atNs: number;
  readonly connections: number;
  /** ns; null where no connection had a round trip. Of several looks, the highest. */
  readonly rttP50: number | null;
  readonly rttP99: number | null;
  readonly rttMax: number | null;
  /** Medians over the connections. */
  readonly congestionWindow: number | null;
  readonly deliveryRate: number | null;
  readonly unacked: number;
  readonly lost: number;
  readonly receiveWindowLimited: number;
  readonly added: Readonly<Record<AddedUp, number>>;
}

/** What all looks at the TCP connections of a workload found. */
export class TcpTotals {
  readonly everyNs: number;
  readonly #startNs: number;
  #samples = 0;
  #connections = 0;
  #isSample = false;
  #costNs = 0;
  #looked = 0;
  #rtt: SparseCounts = noCounts;
  #rttVariation: SparseCounts = noCounts;
  #congestionWindow: SparseCounts = noCounts;
  #deliveryRate: SparseCounts = noCounts;
  #unacked: SparseCounts = noCounts;
  #minRttNs = 0;
  #steadySpans = 0;
  /** Over the whole run, and in steady state. */
  readonly #whole = zeros();
  readonly #steady = zeros();
  #moments: TcpMoment[] = [];
  #last: TcpConnections | null = null;
  /** By id, the row of `#last`. */
  readonly #rows = new Map<number, number>();

  /** @param startNs the run's start, monotonic clock */
  constructor(everyNs: number, startNs: number) {
    this.everyNs = everyNs;
    this.#startNs = startNs;
  }

  add(sample: TcpSample): void {
    this.#samples++;
    this.#connections = Math.max(this.#connections, sample.connections);
    this.#isSample ||= !sample.complete;
    this.#costNs += sample.costNs;
    this.#looked += sample.connections;
    if (sample.steadySince) this.#steadySpans++;
    for (const name of addedUp) {
      this.#whole[name] += sample.added[name];
      if (sample.steadySince) this.#steady[name] += sample.added[name];
    }
    if (sample.minRttNs > 0) {
      this.#minRttNs =
        this.#minRttNs === 0 ? sample.minRttNs : Math.min(this.#minRttNs, sample.minRttNs);
    }
    if (sample.steady) {
      this.#rtt = mergeCounts([this.#rtt, sample.rtt]);
      this.#rttVariation = mergeCounts([this.#rttVariation, sample.rttVariation]);
      this.#congestionWindow = mergeCounts([this.#congestionWindow, sample.congestionWindow]);
      this.#deliveryRate = mergeCounts([this.#deliveryRate, sample.deliveryRate]);
      this.#unacked = mergeCounts([this.#unacked, sample.unacked]);
    }
    this.#moments.push(momentOf(sample, this.#startNs));
    if (this.#moments.length > mostEntries) this.#moments = inPairs(this.#moments);
  }

  /** The last that was seen of each connection; comes once, at the end. */
  ended(connections: TcpConnections): void {
    this.#last = connections;
    this.#rows.clear();
    for (const [row, id] of connections.ids.entries()) this.#rows.set(id, row);
  }

  get samples(): number {
    return this.#samples;
  }

  /** The most that one look was at, and whether there were more. */
  get connections(): number {
    return this.#connections;
  }

  get isSample(): boolean {
    return this.#isSample;
  }

  /** CPU time of all looks, and for each connection of one; null: there was none. */
  get cost(): { readonly ns: number; readonly nsPerConnection: number | null } {
    const ns = this.#costNs;
    return { ns, nsPerConnection: this.#looked === 0 ? null : ns / this.#looked };
  }

  /** In steady state, a sample for each connection and look. */
  get rtt(): SparseCounts {
    return this.#rtt;
  }

  get rttVariation(): SparseCounts {
    return this.#rttVariation;
  }

  get congestionWindow(): SparseCounts {
    return this.#congestionWindow;
  }

  get deliveryRate(): SparseCounts {
    return this.#deliveryRate;
  }

  get unacked(): SparseCounts {
    return this.#unacked;
  }

  /** Null: no connection had a round trip. */
  get minRttNs(): number | null {
    return this.#minRttNs === 0 ? null : this.#minRttNs;
  }

  /** Over the whole run; null: nobody looked. */
  whole(name: AddedUp): number | null {
    return this.#samples === 0 ? null : this.#whole[name];
  }

  /** In steady state; null: it was not looked at twice. */
  steady(name: AddedUp): number | null {
    return this.#steadySpans === 0 ? null : this.#steady[name];
  }

  get moments(): readonly TcpMoment[] {
    return this.#moments;
  }

  /** The last that was seen of a connection, by `tcpField`; null: it was not seen. */
  last(id: number): Float64Array | null {
    const row = this.#rows.get(id);
    if (row === undefined || this.#last === null) return null;
    return this.#last.figures.subarray(row * tcpFields.length, (row + 1) * tcpFields.length);
  }
}

function zeros(): Record<AddedUp, number> {
  return Object.fromEntries(addedUp.map((name) => [name, 0])) as Record<AddedUp, number>;
}

function momentOf(sample: TcpSample, startNs: number): TcpMoment {
  const { rtt, unacked } = sample;
  return {
    atNs: sample.atNs - startNs,
    connections: sample.connections,
    rttP50: percentileOf(rtt, 50),
    rttP99: percentileOf(rtt, 99),
    rttMax: percentileOf(rtt, 100),
    congestionWindow: percentileOf(sample.congestionWindow, 50),
    deliveryRate: percentileOf(sample.deliveryRate, 50),
    unacked: unacked.sum,
    lost: sample.lost,
    receiveWindowLimited: sample.receiveWindowLimited,
    added: sample.added,
  };
}

function inPairs(moments: readonly TcpMoment[]): TcpMoment[] {
  const pairs: TcpMoment[] = [];
  for (let index = 0; index < moments.length; index += 2) {
    const [one, other] = moments.slice(index, index + 2) as [TcpMoment, TcpMoment?];
    pairs.push(other === undefined ? one : together(one, other));
  }
  return pairs;
}

function together(one: TcpMoment, other: TcpMoment): TcpMoment {
  const most = (of: (moment: TcpMoment) => number | null) => {
    const known = [of(one), of(other)].filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  const added = zeros();
  for (const name of addedUp) added[name] = one.added[name] + other.added[name];
  return {
    atNs: other.atNs,
    connections: Math.max(one.connections, other.connections),
    rttP50: most(({ rttP50 }) => rttP50),
    rttP99: most(({ rttP99 }) => rttP99),
    rttMax: most(({ rttMax }) => rttMax),
    congestionWindow: other.congestionWindow ?? one.congestionWindow,
    deliveryRate: other.deliveryRate ?? one.deliveryRate,
    unacked: Math.max(one.unacked, other.unacked),
    lost: Math.max(one.lost, other.lost),
    receiveWindowLimited: Math.max(one.receiveWindowLimited, other.receiveWindowLimited),
    added,
  };
}
