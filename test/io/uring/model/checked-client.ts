import type { Endpoint } from "../../../../src/address/flow.ts";
import type { CloseHow, Transport, TransportEvents } from "../../../../src/io/io.ts";
import { flowTo } from "../harness.ts";

type SlotState = "free" | "connecting" | "open" | "closing";

/** Byte `at` of what connection `id` sends: a misplaced, lost or foreign byte differs from it. */
function byteAt(id: number, at: number): number {
  return (id * 151 + at + (at >> 8) * 7 + (at >> 16) * 13) & 0xff;
}

/** The next bytes that connection `id` sends. */
export function bytesFrom(id: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Math.max(length, 1)).subarray(0, length);
  for (let index = 0; index < length; index++) bytes[index] = byteAt(id, at + index);
  return bytes;
}

/**
 * A client of an echo server that keeps the table of io.ts beside the transport's own: every event
 * must be one that the slot's state allows, and every byte must be the next of those sent.
 */
export class CheckedClient implements TransportEvents {
  transport: Transport | null = null;
  readonly states: SlotState[];
  readonly sent: number[];
  readonly echoed: number[];
  readonly #ids: number[];
  readonly #blocked: boolean[];
  readonly #server: Endpoint;
  readonly problems: string[] = [];
  opens = 0;
  closes = 0;
  drains = 0;
  blocks = 0;
  /** What to do from inside an event. */
  react: (event: string, slot: number) => void = () => {};
  readonly codes = new Set<string>();

  constructor(slots: number, server: Endpoint) {
    this.#server = server;
    this.states = new Array<SlotState>(slots).fill("free");
    this.sent = new Array<number>(slots).fill(0);
    this.echoed = new Array<number>(slots).fill(0);
    this.#ids = new Array<number>(slots).fill(0);
    this.#blocked = new Array<boolean>(slots).fill(false);
  }

  open(slot: number): void {
    if (this.states[slot] !== "free") return;
    this.states[slot] = "connecting";
    this.#ids[slot] = ++this.opens;
    this.sent[slot] = 0;
    this.echoed[slot] = 0;
    this.#blocked[slot] = false;
    this.transport?.open(slot, flowTo(this.#server, 20_000 + slot));
  }

  get openCount(): number {
    return this.states.filter((state) => state === "open").length;
  }

  /** One of the open slots, or slot 0. */
  nthOpen(n: number): number {
    const open = [...this.states.keys()].filter((slot) => this.states[slot] === "open");
    return open[n % open.length] ?? 0;
  }

  /** Sends where the slot takes bytes. */
  send(slot: number, length: number): void {
    if (this.states[slot] !== "open" || this.#blocked[slot]) return;
    const sent = this.sent[slot] ?? 0;
    const bytes = bytesFrom(this.#ids[slot] ?? 0, sent, length);
    this.sent[slot] = sent + length;
    if (this.transport?.send(slot, bytes, 0, length) === false) {
      this.#blocked[slot] = true;
      this.blocks++;
    } else {
      bytes.fill(0xee);
    }
  }

  close(slot: number, how: CloseHow): void {
    if (this.states[slot] !== "free") this.states[slot] = "closing";
    this.transport?.close(slot, how);
  }

  /** Slots that are open and have not had all their bytes back, or wait for `drained`. */
  get owing(): number {
    return this.states.filter(
      (state, slot) =>
        state === "open" && (this.echoed[slot] !== this.sent[slot] || this.#blocked[slot]),
    ).length;
  }

  opened(slot: number): void {
    this.#must(slot, "opened", "connecting");
    this.states[slot] = "open";
    this.react("opened", slot);
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.#must(slot, "received", "open");
    if (end <= start) this.problems.push(`received nothing on ${slot}`);
    const id = this.#ids[slot] ?? 0;
    let at = this.echoed[slot] ?? 0;
    for (let index = start; index < end; index++, at++) {
      if (bytes[index] !== byteAt(id, at)) {
        this.problems.push(`byte ${at} of slot ${slot} is not what was sent`);
        break;
      }
    }
    this.echoed[slot] = (this.echoed[slot] ?? 0) + end - start;
    if ((this.echoed[slot] ?? 0) > (this.sent[slot] ?? 0)) {
      this.problems.push(`slot ${slot} received more than it sent`);
    }
    this.react("received", slot);
  }

  drained(slot: number): void {
    this.#must(slot, "drained", "open");
    if (!this.#blocked[slot]) this.problems.push(`drained ${slot}, which was not blocked`);
    this.#blocked[slot] = false;
    this.drains++;
    this.react("drained", slot);
  }

  closed(slot: number, code: string | null): void {
    this.#must(slot, "closed", "connecting", "open", "closing");
    this.states[slot] = "free";
    this.closes++;
    if (code !== null) this.codes.add(code);
    this.react("closed", slot);
  }

  accepted(slot: number): void {
    this.problems.push(`accepted ${slot}`);
  }
  receivedFrom(slot: number): void {
    this.problems.push(`receivedFrom ${slot}`);
  }
  errored(slot: number, code: string): void {
    this.problems.push(`errored ${slot} ${code}`);
  }

  #must(slot: number, event: string, ...states: SlotState[]): void {
    const state = this.states[slot];
    if (state === undefined || !states.includes(state)) {
      this.problems.push(`${event} ${slot} while ${state}`);
    }
  }
}
