import type { Endpoint, Flow } from "../../src/address/flow.ts";
import type {
  CloseHow,
  Io,
  Listener,
  Peer,
  Transport,
  TransportEvents,
  TransportOptions,
} from "../../src/io/io.ts";

/**
 * A transport without sockets: the test hands out events by calling `events`, and reads what was
 * asked of it.
 */
export class FakeTransport implements Transport {
  readonly copiesUpTo = 0;
  readonly options: TransportOptions;
  readonly events: TransportEvents;
  /** What was asked of it, a line each, in order; sends are in `sent`. */
  readonly calls: string[] = [];
  /** What was sent, by slot, as text; it is copied at the call, or at `drain` while a slot is full. */
  readonly sent = new Map<number, string[]>();
  readonly flows = new Map<number, Flow>();
  readonly listening = new Set<Endpoint>();
  /** Slots for which `send` returns false until `drain`. */
  readonly full = new Set<number>();
  /** Thrown by the next `listen` or `bind`. */
  refusal: Error | null = null;
  readonly #kept = new Map<number, { bytes: Uint8Array; start: number; end: number }>();

  constructor(options: TransportOptions) {
    this.options = options;
    this.events = options.events;
  }

  open(slot: number, flow: Flow): void {
    this.flows.set(slot, { ...flow });
    this.calls.push(`open ${slot}`);
  }

  send(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#kept.has(slot)) throw new Error(`slot ${slot} is full: send must wait for drained`);
    if (this.full.has(slot)) {
      this.#kept.set(slot, { bytes, start, end });
      return false;
    }
    this.#record(slot, bytes, start, end);
    return true;
  }

  sendTo(slot: number, peer: Peer, bytes: Uint8Array, start: number, end: number): boolean {
    this.calls.push(`sendTo ${peer.address}:${peer.port}`);
    return this.send(slot, bytes, start, end);
  }

  /** The slot takes more: what `send` kept has gone, read only now. */
  drain(slot: number, nowNs: number): void {
    this.full.delete(slot);
    const kept = this.#kept.get(slot);
    this.#kept.delete(slot);
    if (kept !== undefined) this.#record(slot, kept.bytes, kept.start, kept.end);
    this.events.drained(slot, nowNs);
  }

  /** Hands out bytes in an array that is overwritten after the call, as the contract says. */
  receive(slot: number, text: string, nowNs: number, peer: Peer | null = null): void {
    const bytes = Buffer.from(`<${text}>`, "latin1");
    const end = bytes.length - 1;
    if (peer === null) this.events.received(slot, bytes, 1, end, nowNs);
    else this.events.receivedFrom(slot, bytes, 1, end, peer, nowNs);
    bytes.fill(0);
  }

  redirect(slot: number, { address, port }: Endpoint): void {
    this.calls.push(`redirect ${slot} ${address}:${port}`);
  }

  finish(slot: number): void {
    this.calls.push(`finish ${slot}`);
  }

  close(slot: number, how: CloseHow): void {
    this.calls.push(`close ${slot} ${how}`);
  }

  async listen(endpoint: Endpoint): Promise<Listener> {
    this.#refuse();
    this.listening.add(endpoint);
    const index = this.calls.push(`listen ${endpoint.address}:${endpoint.port}`) - 1;
    const { listening } = this;
    return {
      index,
      endpoint,
      get accepting() {
        return listening.has(endpoint);
      },
      close: () => listening.delete(endpoint),
    };
  }

  async bind(slot: number, endpoint: Endpoint): Promise<Endpoint> {
    this.#refuse();
    this.calls.push(`bind ${slot} ${endpoint.address}:${endpoint.port}`);
    return endpoint;
  }

  pause(slot: number): void {
    this.calls.push(`pause ${slot}`);
  }

  resume(slot: number): void {
    this.calls.push(`resume ${slot}`);
  }

  #refuse(): void {
    const { refusal } = this;
    this.refusal = null;
    if (refusal !== null) throw refusal;
  }

  #record(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const list = this.sent.get(slot) ?? [];
    list.push(Buffer.from(bytes.subarray(start, end)).toString("latin1"));
    this.sent.set(slot, list);
  }
}

/** An Io whose transports are fake and whose turns are over at once. */
export class FakeIo implements Io {
  readonly kind = "node";
  readonly transports: FakeTransport[] = [];
  readonly deadlines: number[] = [];
  readonly awakeNs = Number.POSITIVE_INFINITY;
  readonly events = 0;
  /** How often a turn was asked to end early. */
  woken = 0;

  transport(options: TransportOptions): FakeTransport {
    const transport = new FakeTransport(options);
    this.transports.push(transport);
    return transport;
  }

  turn(deadlineNs: number): void {
    this.deadlines.push(deadlineNs);
  }

  wake(): void {
    this.woken++;
  }

  needsLoop(): void {}

  utilization(): number {
    return 0;
  }

  async end(): Promise<void> {}
}
