import type { Endpoint } from "../address/flow.ts";
import { protocols } from "../address/protocol.ts";
import { assert } from "../base/assert.ts";
import type { Io, Peer, Transport, TransportEvents } from "../io/io.ts";
import type { TlsServerEnd } from "../io/tls/ends.ts";
import { TlsTransport } from "../io/tls/tls-transport.ts";
import { builtinProtocols } from "../scenario/builtins.ts";
import type { BuiltinName, BuiltinOptions } from "../scenario/scenario.ts";
import { createHandler } from "./handlers/builtins.ts";
import type { Handler } from "./handlers/handler.ts";
import { Listeners } from "./listeners.ts";
import type { ServerStats } from "./protocol.ts";
import { ClosePolicy } from "./replies/close-policy.ts";
import { DelayLine } from "./replies/delay-line.ts";
import { Loss } from "./replies/loss.ts";
import { Pause } from "./replies/pause.ts";
import { PauseGate } from "./replies/pause-gate.ts";
import { ReadPauses } from "./replies/read-pauses.ts";
import { Replies } from "./replies/replies.ts";
import { ReplyWriter } from "./replies/reply-writer.ts";
import { createTally, createUdpTally, type Tally } from "./replies/tally.ts";
import { Admission } from "./udp/admission.ts";
import { PeerTimes } from "./udp/peer-times.ts";
import type { Reflectors } from "./udp/reflectors.ts";
import { udpSetup } from "./udp/udp-setup.ts";
import { WorkloadTally } from "./workload-tally.ts";

/** The longest turn, ns: by then a UDP socket that was full is tried again. */
const longestTurnNs = 20e6;

export interface ServiceOptions {
  readonly builtin: BuiltinName;
  readonly listen: readonly Endpoint[];
  readonly options: BuiltinOptions;
  /** Seed of what is random (loss). */
  readonly seed: number;
  /** From when pauses are counted, monotonic clock. */
  readonly startNs: number;
  /** TCP: connections at once, before it stops listening; UDP: sockets for single peers. */
  readonly mostOpen: number;
  /** Sockets that listen already, by endpoint. Left out: none. */
  readonly handed?: readonly number[] | undefined;
  /** UDP: whether `stats` includes when datagrams of each peer arrived. Default: false. */
  readonly keepsPeers?: boolean | undefined;
  /** TCP: how its connections are encrypted. Left out: they are not. */
  readonly tls?: TlsServerEnd | undefined;
  /** UDP: other servers and relays, which are not answered. Left out: all are. */
  readonly reflectors?: Reflectors | null;
}

/**
 * One built-in server in this process, over any Io. Its owner drives it:
 *
 *     while (!stopped) {
 *       service.tick(monotonicNs());
 *       await io.turn(service.nextDeadlineNs(monotonicNs()), slackNs);
 *     }
 */
export class Service implements TransportEvents {
  readonly #transport: Transport;
  /** UDP; null for TCP. */
  readonly #admission: Admission | null;
  readonly #udpTally = createUdpTally();
  readonly #tally: Tally = createTally();
  readonly #workloads = new WorkloadTally();
  readonly #pauses: ReadPauses;
  readonly #replyWriter: ReplyWriter;
  readonly #line: DelayLine | null;
  readonly #closePolicy: ClosePolicy;
  readonly #gate: PauseGate;
  readonly #listeners: Listeners;
  readonly #handler: Handler;
  readonly #endpoints: readonly Endpoint[];
  readonly #peers: PeerTimes | null;
  #draining = false;

  constructor(
    io: Io,
    {
      builtin,
      listen,
      options,
      seed,
      startNs,
      mostOpen,
      handed,
      keepsPeers,
      reflectors = null,
      tls,
    }: ServiceOptions,
  ) {
    const protocol = builtinProtocols[builtin];
    const { isDatagram, hasConnections } = protocols[protocol];
    const udp = options.udp === null ? null : udpSetup(options.udp, listen, io.kind, mostOpen);
    assert((udp !== null) === isDatagram, "only UDP servers have UDP options");
    const slots = udp === null ? mostOpen : udp.slots;
    const pause = options.pause === null ? null : new Pause(startNs, options.pause);
    const loss = new Loss(options.loss, seed);
    this.#endpoints = listen;
    this.#peers = keepsPeers === true ? new PeerTimes() : null;
    const common = { protocol, slots, events: this };
    this.#transport =
      tls === undefined
        ? io.transport({ ...common, ...udp?.transport })
        : new TlsTransport(io, common, tls);
    this.#pauses = new ReadPauses(this.#transport, slots);
    this.#replyWriter = new ReplyWriter(this.#transport, slots, this.#pauses, this.#tally);
    this.#line =
      options.delayNs === 0 && pause === null
        ? null
        : new DelayLine(this.#replyWriter, slots, this.#pauses, options.delayNs, pause);
    this.#closePolicy = new ClosePolicy(hasConnections ? options.closeAfter : null, slots);
    this.#gate = new PauseGate(pause, this.#pauses);
    this.#listeners = new Listeners(this.#transport, this.#tally, mostOpen, handed);
    this.#handler = createHandler[builtin]({
      options,
      slots,
      replies: new Replies(this.#replyWriter, this.#line, loss, this.#closePolicy),
      replyWriter: this.#replyWriter,
      closePolicy: this.#closePolicy,
      loss,
      tally: this.#tally,
      workloads: this.#workloads,
    });
    this.#admission =
      udp === null
        ? null
        : new Admission({
            transport: this.#transport,
            replyWriter: this.#replyWriter,
            tally: this.#tally,
            udpTally: this.#udpTally,
            listen,
            options: udp.options,
            slots,
            startNs,
            handed,
            reflectors,
            serve: (slot, bytes, start, end, peer, nowNs) => {
              if (this.#gate.holds(end - start, nowNs)) {
                this.#peers?.track(peer, nowNs);
                this.#handler.received(slot, bytes, start, end, peer, nowNs);
              }
            },
          });
  }

  /**
   * Listens on all endpoints, or on none.
   *
   * @returns the endpoints with every port 0 resolved
   * @throws  (rejects with) an Error whose `code` is the errno name
   */
  listen(): Promise<readonly Endpoint[]> {
    return this.#admission?.bind() ?? this.#listeners.listen(this.#endpoints);
  }

  /**
   * Accepts nothing new; connections stay until their clients end them, flows with their own socket
   * until they are idle. Idempotent.
   */
  drain(nowNs: number): void {
    if (this.#draining) return;
    this.#draining = true;
    if (this.#admission === null) this.#listeners.end();
    else this.#admission.drain(nowNs);
  }

  /** Whether `drain` was called and nothing is left. */
  get hasDrained(): boolean {
    if (!this.#draining) return false;
    return this.#admission === null
      ? this.#listeners.ended && this.#tally.open === 0
      : this.#admission.hasDrained;
  }

  /** Does what is due: sends delayed replies, resumes reading after a pause, listens again. */
  tick(nowNs: number): void {
    this.#line?.flush(nowNs);
    this.#gate.tick(nowNs);
    if (this.#admission === null) this.#listeners.tick();
    else this.#admission.tick(nowNs);
  }

  /**
   * Returns by when `tick` must be called again, ns; never far ahead.
   *
   * What arrives during a turn may be due before anything that was known at the turn's start; the
   * deadline allows for that.
   */
  nextDeadlineNs(nowNs: number): number {
    return Math.min(
      nowNs + longestTurnNs,
      this.#line?.nextDeadlineNs(nowNs) ?? Number.POSITIVE_INFINITY,
      this.#gate.nextDeadlineNs(nowNs),
      this.#listeners.nextDeadlineNs(nowNs),
    );
  }

  /** Steady state of a workload is known: what arrives in it is counted by its seconds. */
  planSteady(workload: number, fromNs: number, toNs: number): void {
    this.#workloads.planSteady(workload, fromNs, toNs);
  }

  get bytesReceived(): number {
    return this.#tally.bytesReceived;
  }

  stats(): ServerStats {
    const udp = this.#admission === null ? null : { ...this.#udpTally };
    const peers = this.#peers === null ? {} : { peers: this.#peers.report() };
    return { ...this.#tally, udp, byWorkload: this.#workloads.stats(), ...peers };
  }

  opened(slot: number, nowNs: number): void {
    this.#admission?.opened(slot, nowNs);
  }

  accepted(): void {
    this.#tally.accepted++;
    this.#tally.open++;
    this.#listeners.accepted();
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    if (this.#admission !== null) {
      this.#admission.received(slot, bytes, start, end, nowNs);
      return;
    }
    this.#gate.came(slot, nowNs);
    if (!this.#closePolicy.ended(slot))
      this.#handler.received(slot, bytes, start, end, null, nowNs);
  }

  receivedFrom(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: Peer,
    nowNs: number,
  ): void {
    this.#admission?.receivedFrom(slot, bytes, start, end, peer, nowNs);
  }

  drained(slot: number): void {
    this.#replyWriter.drained(slot);
  }

  /** ICMP errors and the like: the client that caused them sees them on its side. */
  errored(): void {}

  closed(slot: number, _code: string | null, nowNs: number): void {
    if (this.#admission === null) this.#tally.open--;
    else this.#admission.closed(slot, nowNs);
    this.#line?.reset(slot);
    this.#replyWriter.reset(slot);
    this.#closePolicy.reset(slot);
    this.#pauses.reset(slot);
    this.#handler.reset(slot);
  }
}
