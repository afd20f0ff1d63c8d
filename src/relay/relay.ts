import type { Endpoint } from "../address/flow.ts";
import type { Sources } from "./sources.ts";

/** One way through a relay; several may share their sources. */
export interface Route {
  readonly listen: Endpoint;
  readonly target: Endpoint;
  readonly sources: Sources;
}

/** A client's connection through a relay, or its flow of datagrams. */
export interface Link {
  /** Counted from 1. */
  readonly number: number;
  readonly route: Route;
  readonly client: Endpoint;
  /** What the target sees as its client. */
  readonly source: Endpoint;
  readonly beganNs: number;
  readonly bytesToTarget: number;
  readonly bytesToClient: number;
}

/** Who ended a link: the relay does so at its own end, and with datagrams when a flow is idle. */
export type EndedBy = "client" | "target" | "relay";

/** What a relay tells of; `code` is an errno name, or "EFULL": as many links as there can be are open. */
export interface RelayEvents {
  /** TCP: the target took the connection. UDP: the first datagram of a client came. */
  opened(link: Link): void;
  /** `code` is null where both directions ended in order, or a flow was idle. */
  closed(link: Link, by: EndedBy, code: string | null, nowNs: number): void;
  /** The client's connection was reset, or its datagram dropped: there is no way to the target. */
  failed(route: Route, client: Endpoint, code: string): void;
  /** UDP: the target's port says that nobody listens, and the like; the flow goes on. */
  errored(link: Link, code: string): void;
}

export interface RelayStats {
  opened: number;
  failed: number;
  open: number;
  bytesToTarget: number;
  bytesToClient: number;
  /** UDP: datagrams. */
  sentToTarget: number;
  sentToClient: number;
  /** UDP: datagrams that found no room, or no flow. */
  dropped: number;
  /** UDP: flows that ended without a reply. */
  unanswered: number;
}

export function emptyStats(): RelayStats {
  return {
    opened: 0,
    failed: 0,
    open: 0,
    bytesToTarget: 0,
    bytesToClient: 0,
    sentToTarget: 0,
    sentToClient: 0,
    dropped: 0,
    unanswered: 0,
  };
}

/**
 * A relay over an Io; its owner drives it as it does a Service:
 *
 *     while (!relay.drained(nowNs)) {
 *       relay.tick(nowNs);
 *       await io.turn(relay.nextDeadlineNs(nowNs), slackNs);
 *     }
 */
export interface Relay {
  readonly stats: Readonly<RelayStats>;
  /**
   * Listens on all routes.
   *
   * @returns the endpoints with every port 0 resolved, in the routes' order
   * @throws  (rejects with) an Error whose `code` is the errno name
   */
  listen(): Promise<readonly Endpoint[]>;
  tick(nowNs: number): void;
  nextDeadlineNs(nowNs: number): number;
  /** Takes in no more clients; those it has go on. */
  drain(): void;
  /** Whether nothing is under way any more. */
  drained(nowNs: number): boolean;
  /** Ends what is left so that nobody takes it for whole: connections are reset. */
  abort(): void;
}

/** Attempts with another port before a link is given up. */
export const mostAttempts = 16;

/** Whether another source port may do where this error came. */
export function wantsOtherPort(code: string | null): boolean {
  return code === "EADDRINUSE" || code === "EADDRNOTAVAIL" || code === "EACCES";
}
