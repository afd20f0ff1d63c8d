import type { ListenerCounts } from "../metrics/broadcast/receiver-counts.ts";
import { SpanCollector } from "../metrics/broadcast/span-collector.ts";
import { span } from "../metrics/broadcast/span-rows.ts";
import { phase } from "../metrics/snapshot.ts";
import { TimeCounts } from "../metrics/time-counts.ts";
import type { AudienceMeasured, ListenerMeasured } from "../results/build/delivered.ts";
import type { FromAudience, Stay } from "./protocol.ts";

/**
 * Puts together what the processes of an audience tell: the spread of each datagram between its first
 * and its last listener, and what was sent while those were there that come and go.
 */
export class AudienceCollector {
  readonly #spans: SpanCollector;
  readonly #spread = new TimeCounts();
  /** By listener; those of one that comes and goes, in order. */
  readonly #stays: readonly Stay[][];
  /** What was sent while it was there, by listener. */
  readonly #due: Float64Array;
  readonly #listeners: ListenerMeasured[] = [];
  /** Listeners that come and go. */
  #comers: readonly number[] = [];
  #datagrams = 0;

  constructor(senders: number, listeners: number) {
    this.#spans = new SpanCollector(senders, (rows, at) => this.#take(rows, at));
    this.#stays = Array.from({ length: listeners }, () => []);
    this.#due = new Float64Array(listeners);
  }

  heard({ spans, stays }: FromAudience & { type: "heard" }): void {
    for (const stay of stays) {
      const own = this.#stays[stay.listener] as Stay[];
      own[stay.stay] = stay;
    }
    if (stays.length > 0) {
      this.#comers = this.#stays.flatMap((own, listener) => (own.length > 0 ? [listener] : []));
    }
    this.#spans.add(spans);
  }

  /** @param process its number, from 0 */
  reports(process: number, reports: readonly ListenerCounts[]): void {
    for (const report of reports) {
      this.#listeners.push({ ...report, process, comesAndGoes: false, due: null });
    }
  }

  /** No more will come. */
  end(): void {
    this.#spans.end();
  }

  /** After `end`. */
  get measured(): AudienceMeasured {
    const listeners = this.#listeners.map((listener): ListenerMeasured => {
      const comesAndGoes = this.#comers.includes(listener.listener);
      return {
        ...listener,
        comesAndGoes,
        due: comesAndGoes ? (this.#due[listener.listener] as number) : null,
      };
    });
    return {
      listeners: listeners.sort((a, b) => a.listener - b.listener),
      datagrams: this.#datagrams,
      spread: this.#spread.counts(),
      lateRows: this.#spans.late,
    };
  }

  #take(rows: Float64Array, at: number): void {
    this.#datagrams++;
    if (rows[at + span.phase] === phase.steady && (rows[at + span.heard] as number) > 1) {
      const lastNs = rows[at + span.lastNs] as number;
      this.#spread.record(lastNs - (rows[at + span.firstNs] as number));
    }
    const sentNs = rows[at + span.sentNs] as number;
    for (const listener of this.#comers) {
      if (this.#wasThere(listener, sentNs)) {
        this.#due[listener] = (this.#due[listener] as number) + 1;
      }
    }
  }

  #wasThere(listener: number, sentNs: number): boolean {
    const stays = this.#stays[listener] as Stay[];
    for (let stay = stays.length - 1; stay >= 0; stay--) {
      const { joinedNs, leftNs } = stays[stay] as Stay;
      if (sentNs >= joinedNs) return sentNs < leftNs;
    }
    return false;
  }
}
