import type { HostResult } from "../results/result.ts";
import type { CaptureProgram } from "./capture-programs.ts";
import type { CgroupLimits } from "./cgroup.ts";

/**
 * What is known of this host: the result's `host`, and what preflight and doctor judge by.
 *
 * Plain data for JSON; null where the system does not tell or has no such thing.
 */
export interface HostFacts extends HostResult {
  /** Memory that can be had without swapping; the control group's limit is not in it. */
  readonly memoryAvailableBytes: number;
  readonly reservedPorts: readonly (readonly [number, number])[];
  /** The first port that needs no privilege to be bound; 0 where this process has the privilege. */
  readonly unprivilegedPortsFrom: number;
  /** Open files of the whole system: most, and now. */
  readonly systemFiles: { readonly max: number; readonly allocated: number } | null;
  /** The most that RLIMIT_NOFILE can be raised to. */
  readonly openFilesCeiling: number | null;
  /**
   * Memory that this user's processes together may have locked, where rings of io_uring count as such;
   * null: no limit, or they do not.
   */
  readonly lockedMemory: { readonly limitBytes: number; readonly pageBytes: number } | null;
  /** Longest listen backlog. */
  readonly listenBacklog: number | null;
  readonly synBacklog: number | null;
  readonly synCookies: boolean | null;
  readonly timeWaitSockets: { readonly max: number; readonly now: number } | null;
  /** TCP's memory in bytes: from `pressure` on the kernel shrinks buffers, at `high` it drops data. */
  readonly tcpMemory: {
    readonly usedBytes: number;
    readonly pressureBytes: number;
    readonly highBytes: number;
  } | null;
  /** Connection tracking; null: not loaded. Merely loaded, it does nothing to loopback traffic. */
  readonly conntrack: {
    readonly count: number;
    readonly max: number;
    readonly tracksLoopback: boolean;
  } | null;
  readonly cgroup: CgroupLimits;
  /** Addresses that lo0 has, where every one must be added (macOS); null: all of 127/8 is there. */
  readonly loopbackAddresses: readonly string[] | null;
  /** Programs that capture packets and are installed. */
  readonly capturePrograms: readonly CaptureProgram[];
  readonly ipv6: {
    /** What is this host's over lo, as CIDRs: "::1/128", and prefixes routed there (AnyIP). */
    readonly loopback: readonly string[];
    /** Whether addresses of such prefixes can be bound (net.ipv6.ip_nonlocal_bind); null: not told. */
    readonly nonlocalBind: boolean | null;
  };
}
