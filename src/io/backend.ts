import type { IoKind } from "../base/io-kind.ts";
import type { Io, IoOptions } from "./io.ts";

/**
 * Everything that the rest of the program needs from one io: whether it can be used here, how it is created, what
 * it can do, and what connections cost with it.
 *
 * Only `create` and `obstacle` load the implementation: the facts are available where it does not load, and for
 * plans of other machines.
 */
export interface Backend {
  readonly kind: IoKind;
  /** Name in messages: "io_uring". */
  readonly name: string;
  /** Platforms that may have it; null: all. */
  readonly platforms: readonly NodeJS.Platform[] | null;
  /**
   * Why it cannot be used here, one line for the user; null where it can.
   *
   * @cost a few milliseconds the first time, where it tries the kernel
   */
  obstacle(): Promise<string | null>;
  /** @throws (rejects with) Error where `obstacle` names one */
  create(options?: IoOptions): Promise<Io>;

  readonly capabilities: Capabilities;

  /** Most slots of one transport: connections of a workload in one worker, or of one server process. */
  readonly mostSlots: number;
  /** Whether each connection is an open file of its process, so that many connections need many processes. */
  readonly takesFilePerConnection: boolean;
  /**
   * Open files that a process needs for its connections.
   *
   * @param transports that they are divided over
   */
  connectionFiles(connections: number, transports: number, openFilesLimit: number): number;
  /** Connections of a process that may still open this many files. */
  connectionsPerProcess(files: number, openFilesLimit: number): number;
  /** Memory of one connection in the process that has it, bytes, in addition to the kernel's. */
  readonly userBytes: {
    readonly tcpClient: number;
    readonly tcpServer: number;
    readonly udpClient: number;
    /** What TLS adds. */
    readonly tlsClient: number;
    readonly tlsServer: number;
  };
  /** Null where sockets do not lock any. */
  readonly lockedMemory: LockedMemory | null;
}

/** What depends on the io in addition to sending and receiving. An obstacle is one line for the user, null where there is none. */
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
  /** Why UDP sockets cannot report which address a datagram was sent to (IP_PKTINFO). */
  readonly packetInfoObstacle: string | null;
  /** Why unconnected UDP sockets cannot receive ICMP errors (IP_RECVERR). */
  readonly receiveErrorsObstacle: string | null;
  /** Why TCP clients cannot have a receive buffer of a given size (SO_RCVBUF). */
  readonly receiveBufferObstacle: string | null;
  /** Why clients cannot have the kernel's time stamps of what they receive (SO_TIMESTAMPNS). */
  readonly kernelTimesObstacle: string | null;
}

/** Memory that counts as locked (RLIMIT_MEMLOCK), a limit of all processes of a user together. */
export interface LockedMemory {
  /** One of several rings of a transport: each holds as many connections as a process may have open files. */
  ringBytes(pageBytes: number): number;
  ofTransport(transport: TransportNeeds, openFilesLimit: number, pageBytes: number): RingNeeds;
}

export interface TransportNeeds {
  readonly slots: number;
  /** A server's connections, which may be fewer than its slots; null: a client's, which fill them. */
  readonly served: number | null;
}

export interface RingNeeds {
  readonly rings: number;
  /** Of all transports. */
  readonly bytes: number;
}
