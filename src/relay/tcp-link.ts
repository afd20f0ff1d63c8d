import type { Endpoint, Flow } from "../address/flow.ts";
import type { LinkEnd } from "./link-end.ts";
import type { EndedBy, Link, Route } from "./relay.ts";

/** Two TCP connections that act as one between client and target. */
export class TcpLink implements Link {
  readonly number: number;
  readonly route: Route;
  readonly client: Endpoint;
  readonly beganNs: number;
  readonly front: LinkEnd;
  readonly back: LinkEnd;
  source: Endpoint;
  attempts = 0;
  bytesToTarget = 0;
  bytesToClient = 0;
  /** The target accepted the connection. */
  opened = false;
  /** Why it ended, if not in order. */
  failure: { readonly by: EndedBy; readonly code: string | null } | null = null;

  constructor(
    number: number,
    route: Route,
    client: Endpoint,
    source: Endpoint,
    front: LinkEnd,
    back: LinkEnd,
    beganNs: number,
  ) {
    this.number = number;
    this.route = route;
    this.client = client;
    this.source = source;
    this.front = front;
    this.back = back;
    this.beganNs = beganNs;
  }

  /** The flow to open to the target. */
  get flow(): Flow {
    return flowOf(this.source, this.route.target);
  }
}

export function flowOf(source: Endpoint, target: Endpoint): Flow {
  return {
    sourceAddress: source.address,
    sourcePort: source.port,
    destinationAddress: target.address,
    destinationPort: target.port,
  };
}
