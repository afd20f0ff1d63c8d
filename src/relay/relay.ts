import type { Endpoint } from "../address/flow.ts";
import type { Sources } from "./sources.ts";

/** One route through a relay; several may share their sources. */
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
  /** The client's address and port, as the target sees them. */
  readonly source: Endpoint;
  readonly beganNs: number;
  readonly bytesToTarget: number;
  readonly bytesToClient: number;
}

/** Which side ended a link. The relay does so when it ends itself, and over UDP when a flow is idle. */
export type EndedBy = "client" | "target" | "relay";

/** Events of a relay; `code` is an errno name, or "EFULL" if the maximum number of links is open. */
export interface RelayEvents {
  /** TCP: the target accepted the connection. UDP: a flow for a client's first datagram is open. */
  opened(link: Link): void;
  /** `code` is null if both directions ended in order, or a flow was idle. */
  closed(link: Link, by: EndedBy, code: string | null, nowNs: number): void;
  /** The client's connection was reset, or its datagram dropped: the target could not be reached. */
  failed(route: Route, client: Endpoint, code: string): void;
  /** UDP: an error such as ECONNREFUSED (nothing listens on the target's port); the flow continues. */
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
  /** UDP: datagrams dropped for lack of room or of a flow. */
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
 * A relay over an Io. Its owner drives it in the same way as a Service:
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
  /** Accepts no more clients; existing ones continue. */
  drain(): void;
  /** Returns whether nothing is in progress any more. */
  drained(nowNs: number): boolean;
  /** Ends the remaining links; connections are reset, so that cut data is not taken for complete. */
  abort(): void;
}

/** Attempts with other ports before a link fails. */
export const mostAttempts = 16;

/** Returns whether another source port may avoid this error. */
export function wantsOtherPort(code: string | null): boolean {
  return code === "EADDRINUSE" || code === "EADDRNOTAVAIL" || code === "EACCES";
}
