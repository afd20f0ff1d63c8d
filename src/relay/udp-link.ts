import type { Endpoint } from "../address/flow.ts";
import type { Outbox } from "./outbox.ts";
import type { Link, Route } from "./relay.ts";

/** A client's flow of datagrams to one of the relay's endpoints, and its socket to the target. */
export class UdpLink implements Link {
  readonly number: number;
  readonly route: Route;
  /** The relay's endpoint that the client sends to. */
  readonly front: number;
  readonly client: Endpoint;
  readonly beganNs: number;
  /** Slot of the socket to the target. */
  readonly slot: number;
  readonly outbox: Outbox;
  source: Endpoint;
  attempts = 0;
  opened = false;
  bytesToTarget = 0;
  bytesToClient = 0;
  sentToClient = 0;
  lastNs: number;
  /** Neighbours in the list of links by the time of their last datagram. */
  older: UdpLink | null = null;
  newer: UdpLink | null = null;

  constructor(
    number: number,
    route: Route,
    front: number,
    client: Endpoint,
    source: Endpoint,
    slot: number,
    outbox: Outbox,
    nowNs: number,
  ) {
    this.number = number;
    this.route = route;
    this.front = front;
    this.client = client;
    this.source = source;
    this.slot = slot;
    this.outbox = outbox;
    this.beganNs = nowNs;
    this.lastNs = nowNs;
  }
}
