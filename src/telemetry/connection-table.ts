import { type AddedUp, addedUp, tcpField, tcpFields } from "../metrics/tcp/fields.ts";
import type { TcpConnections, TcpSample } from "../metrics/tcp/sample.ts";
import { TimeCounts } from "../metrics/time-counts.ts";
import type { DumpVisitor } from "./inet-diag.ts";
import type { TcpInfo } from "./tcp-info.ts";

/** The part of a sample that the connections are known by. */
export type Seen = Omit<
  TcpSample,
  "workload" | "atNs" | "sinceNs" | "steady" | "steadySince" | "complete" | "costNs"
>;

const fields = tcpFields.length;

/**
 * What is known of the connections of a workload, from look to look: of `most` in each. There are twice as many rows, so
 * that those of one look, and as many others in the next, have theirs.
 */
export class ConnectionTable implements DumpVisitor {
  readonly #most: number;
  readonly #mostRows: number;
  readonly #rows = new Map<number, number>();
  /** By row. */
  #ids = new Float64Array(0);
  #cookies = new Float64Array(0);
  #figures = new Float64Array(0);
  /** The look at which it was seen last. */
  #seenAt = new Float64Array(0);
  /** Where the search for a row that can be given to another connection goes on. */
  #hand = 0;
  #look = 0;
  #connections = 0;
  #lost = 0;
  #minRttNs = 0;
  #limited = 0;
  readonly #added = Object.fromEntries(addedUp.map((name) => [name, 0])) as Record<AddedUp, number>;
  readonly #rtt = new TimeCounts();
  readonly #rttVariation = new TimeCounts();
  readonly #congestionWindow = new TimeCounts();
  readonly #deliveryRate = new TimeCounts();
  readonly #unacked = new TimeCounts();

  constructor(most: number) {
    this.#most = most;
    this.#mostRows = 2 * most;
  }

  /** Connections seen in this look so far. */
  get connections(): number {
    return this.#connections;
  }

  connection(id: number, cookie: number, info: TcpInfo): void {
    if (this.#connections === this.#most) return;
    const row = this.#rowOf(id);
    this.#connections++;
    const at = row * fields;
    const isKnown = this.#cookies[row] === cookie;
    let limitedNs = 0;
    for (const name of addedUp) {
      const place = tcpField[name];
      const before = isKnown ? (this.#figures[at + place] as number) : 0;
      const grown = Math.max(0, (info[place] as number) - before);
      this.#added[name] += grown;
      if (name === "receiveWindowLimitedNs") limitedNs = grown;
    }
    if (limitedNs > 0) this.#limited++;
    this.#cookies[row] = cookie;
    this.#seenAt[row] = this.#look;
    this.#figures.set(info, at);
    this.#record(info);
  }

  /** What was seen in this look; the next one begins. */
  take(): Seen {
    const seen = {
      connections: this.#connections,
      rtt: this.#rtt.take(),
      rttVariation: this.#rttVariation.take(),
      minRttNs: this.#minRttNs,
      congestionWindow: this.#congestionWindow.take(),
      deliveryRate: this.#deliveryRate.take(),
      unacked: this.#unacked.take(),
      lost: this.#lost,
      added: { ...this.#added },
      receiveWindowLimited: this.#limited,
    };
    this.#look++;
    this.#connections = 0;
    this.#lost = 0;
    this.#minRttNs = 0;
    this.#limited = 0;
    for (const name of addedUp) this.#added[name] = 0;
    return seen;
  }

  /** The last that was seen of each connection that has a row. */
  last(): Omit<TcpConnections, "workload"> {
    const count = this.#rows.size;
    return { ids: this.#ids.slice(0, count), figures: this.#figures.slice(0, count * fields) };
  }

  #record(info: TcpInfo): void {
    this.#lost += info[tcpField.lost] as number;
    this.#unacked.record(info[tcpField.unacked] as number);
    this.#congestionWindow.record(info[tcpField.congestionWindow] as number);
    const rate = info[tcpField.deliveryRate] as number;
    if (rate > 0) this.#deliveryRate.record(rate);
    const rttNs = info[tcpField.rttNs] as number;
    if (rttNs === 0) return;
    this.#rtt.record(rttNs);
    this.#rttVariation.record(info[tcpField.rttVariationNs] as number);
    const least = info[tcpField.minRttNs] as number;
    if (least > 0 && (this.#minRttNs === 0 || least < this.#minRttNs)) this.#minRttNs = least;
  }

  /** The connection's row, a new one, or that of a connection that was not seen any more. */
  #rowOf(id: number): number {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const row = this.#rows.size < this.#mostRows ? this.#newRow() : this.#freeRow();
    this.#rows.set(id, row);
    this.#ids[row] = id;
    this.#cookies[row] = -1;
    return row;
  }

  #newRow(): number {
    const row = this.#rows.size;
    if (row < this.#ids.length) return row;
    const length = Math.min(this.#mostRows, Math.max(64, 2 * row));
    this.#ids = grown(this.#ids, length);
    this.#cookies = grown(this.#cookies, length);
    this.#seenAt = grown(this.#seenAt, length);
    this.#figures = grown(this.#figures, length * fields);
    return row;
  }

  /** There is one: fewer than `most` have been seen in this look, and as many in the one before. */
  #freeRow(): number {
    while ((this.#seenAt[this.#hand] as number) >= this.#look - 1) this.#turnHand();
    const row = this.#hand;
    this.#turnHand();
    this.#rows.delete(this.#ids[row] as number);
    return row;
  }

  #turnHand(): void {
    this.#hand = (this.#hand + 1) % this.#mostRows;
  }
}

function grown(array: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(array);
  return larger;
}
