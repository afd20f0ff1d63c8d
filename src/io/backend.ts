import type { IoKind } from "../base/io-kind.ts";
import type { Io, IoOptions } from "./io.ts";

/**
 * All that others ask of one way to the sockets: whether it can be used here, how it is made, what it can do,
 * and what connections take of it.
 *
 * Only `create` and `obstacle` load the implementation: the facts can be read where it does not load, and for
 * plans of other machines.
 */
export interface Backend {
  readonly kind: IoKind;
  /** In messages: "io_uring". */
  readonly name: string;
  /** Platforms that may have it; null: all. */
  readonly platforms: readonly NodeJS.Platform[] | null;
  /**
   * Why it cannot be used here, one line for the user; null where it can.
   *
   * @cost some milliseconds the first time, where the kernel is asked
   */
  obstacle(): Promise<string | null>;
  /** @throws (rejects with) Error where `obstacle` names one */
  create(options?: IoOptions): Promise<Io>;

  readonly capabilities: Capabilities;

  /** Slots of one transport at most: connections of a workload in one worker, or of one server process. */
  readonly mostSlots: number;
  /** Whether each connection is an open file of its process, so that many connections need many processes. */
  readonly takesFilePerConnection: boolean;
  /**
   * Open files that a process needs for its connections.
   *
   * @param transports that they are divided over
   */
  connectionFiles(connections: number, transports: number, openFilesLimit: number): number;
  /** Connections of a process that may still open so many files. */
  connectionsPerProcess(files: number, openFilesLimit: number): number;
  /** Memory of one connection in the process that has it, bytes, beside what the kernel takes. */
  readonly userBytes: {
    readonly tcpClient: number;
    readonly tcpServer: number;
    readonly udpClient: number;
  };
  /** Null where sockets lock none. */
  readonly lockedMemory: LockedMemory | null;
}

/** What depends on the io beyond sending and receiving. An obstacle is one line for the user, null where there is none. */
export interface Capabilities {
  /** Whether several processes can accept from the same listening sockets. */
  readonly sharesListeners: boolean;
  /**
   * Why UDP sockets cannot have SO_REUSEPORT.
   *
   * @param node     version of Node, "20.19.1"; default: this one
   * @param platform default: this one
   */
  reusePortObstacle(node?: string, platform?: NodeJS.Platform): string | null;
  /** Why UDP sockets cannot tell which address a datagram was sent to (IP_PKTINFO). */
  readonly packetInfoObstacle: string | null;
  /** Why unconnected UDP sockets cannot hear of ICMP errors (IP_RECVERR). */
  readonly receiveErrorsObstacle: string | null;
}

/** Memory that counts as locked (RLIMIT_MEMLOCK), a limit of all processes of a user together. */
export interface LockedMemory {
  /** One of several rings of a transport: each has as many connections as a process may have open files. */
  ringBytes(pageBytes: number): number;
  ofTransport(transport: TransportNeeds, openFilesLimit: number, pageBytes: number): RingNeeds;
}

export interface TransportNeeds {
  readonly slots: number;
  /** A server's connections, which may come to fewer than its slots; null: a client's, which fill them. */
  readonly served: number | null;
}

export interface RingNeeds {
  readonly rings: number;
  /** Of all of them. */
  readonly bytes: number;
}
