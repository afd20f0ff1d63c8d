import type { Flow } from "../../address/flow.ts";
import type { Transport, TransportEvents } from "../../io/io.ts";
import { counter } from "../../metrics/snapshot.ts";
import type { TrafficContext } from "../traffic.ts";
import type { Expired } from "./reopening.ts";

/** Ports that are listened on at once, in all and of one flow; the next takes the place of the oldest. */
const mostPorts = 256;
const mostPortsEach = 64;

const nobody = -1;

/**
 * UDP: the source ports that flows have left after a time-out. A reply that still comes there is late; on the flow's
 * next port it could not be told from the reply to the next request.
 *
 * A port is bound again as soon as its flow has left it. What comes in the microseconds in between is lost.
 */
export class LateReplies implements TransportEvents {
  readonly #context: TrafficContext;
  #transport: Transport | null = null;
  /** By place: what is to be opened there, while it is still closing; null: nothing. */
  readonly #next: (Flow | null)[];
  /** By place: whether it has a socket, which may be closing. */
  readonly #used: Uint8Array;
  /** By place: what the reply that comes there is late for; null: nothing has been. */
  readonly #expired: (Expired | null)[];
  /** By place: the slot whose port it is, or was last. */
  readonly #slotOf: Int32Array;
  /** By slot: its places, the oldest first. */
  readonly #placesOf = new Map<number, number[]>();
  #place = 0;
  #alive = 0;
  #ended = false;

  constructor(context: TrafficContext) {
    this.#context = context;
    this.#next = new Array<Flow | null>(mostPorts).fill(null);
    this.#used = new Uint8Array(mostPorts);
    this.#expired = new Array<Expired | null>(mostPorts).fill(null);
    this.#slotOf = new Int32Array(mostPorts).fill(nobody);
  }

  /** Whether no port is listened on. */
  get none(): boolean {
    return this.#alive === 0;
  }

  /**
   * Listens on the source of a flow, which is free; what comes from its destination is late.
   *
   * @param flow  the caller's again on return
   * @param expired the exchange that has timed out
   * @param ports of the slot, in all: one that it takes soon is not listened on
   */
  listen(slot: number, flow: Flow, expired: Expired, ports: number): void {
    const mostEach = Math.min(mostPortsEach, ports - 2);
    if (this.#ended || mostEach < 1) return;
    this.#transport ??= this.#context.io.transport({
      protocol: this.#context.workload.protocol,
      slots: mostPorts,
      events: this,
      connected: true,
    });
    const place = this.#take(slot, mostEach);
    this.#expired[place] = expired;
    if (this.#used[place] === 0) this.#open(place, flow);
    else {
      const isClosing = this.#next[place] !== null;
      this.#next[place] = { ...flow };
      if (!isClosing) this.#transport.close(place, "fin");
    }
  }

  /** A place for a port of the slot: its own oldest, where it has as many as it may, else the oldest of all. */
  #take(slot: number, mostEach: number): number {
    const places = this.#placesOf.get(slot) ?? [];
    this.#placesOf.set(slot, places);
    let place = places.length < mostEach ? undefined : places.shift();
    if (place === undefined) {
      place = this.#place;
      this.#place = (place + 1) % mostPorts;
      const before = this.#placesOf.get(this.#slotOf[place] as number);
      before?.splice(before.indexOf(place), 1);
    }
    this.#slotOf[place] = slot;
    places.push(place);
    return place;
  }

  /** Closes all of them. */
  end(): void {
    this.#ended = true;
    this.#next.fill(null);
    for (let place = 0; place < mostPorts; place++) {
      if (this.#used[place] === 1) this.#transport?.close(place, "fin");
    }
  }

  #open(place: number, flow: Flow): void {
    this.#used[place] = 1;
    this.#alive++;
    (this.#transport as Transport).open(place, flow);
  }

  // Events of the transport.

  opened(place: number): void {
    if (this.#ended) this.#transport?.close(place, "fin");
  }

  received(place: number, bytes: Uint8Array, start: number, end: number): void {
    const { recorder, moment, code } = this.#expired[place] as Expired;
    const { portion, now } = this.#context;
    const client = portion.firstConnection + (this.#slotOf[place] as number);
    this.#context.recorder.wrongReply(code, client, now(), bytes, start, end, end - start);
    recorder.count(moment, counter.late, 1);
    recorder.count(moment, counter.bytesReceived, end - start);
  }

  closed(place: number): void {
    this.#used[place] = 0;
    this.#alive--;
    const flow = this.#next[place] as Flow | null;
    this.#next[place] = null;
    if (flow !== null && !this.#ended) this.#open(place, flow);
  }

  accepted(): void {}

  receivedFrom(): void {}

  drained(): void {}

  errored(): void {}
}
