import type { HostResult } from "../results/result.ts";
import type { CaptureProgram } from "./capture-programs.ts";
import type { CgroupLimits } from "./cgroup.ts";

/**
 * Facts about this host: the result's `host`, and the basis of preflight and doctor.
 *
 * Plain data for JSON; null where the system does not report it or has no such thing.
 */
export interface HostFacts extends HostResult {
  /** Memory that is available without swapping, not considering the control group's limit. */
  readonly memoryAvailableBytes: number;
  readonly reservedPorts: readonly (readonly [number, number])[];
  /** The first port that can be bound without privilege; 0 if this process has the privilege. */
  readonly unprivilegedPortsFrom: number;
  /** Open files of the whole system: maximum and current number. */
  readonly systemFiles: { readonly max: number; readonly allocated: number } | null;
  /** The highest value of RLIMIT_NOFILE. */
  readonly openFilesCeiling: number | null;
  /**
   * Limit of locked memory for all processes of this user, where io_uring rings count as locked memory;
   * null: no limit, or rings do not count.
   */
  readonly lockedMemory: { readonly limitBytes: number; readonly pageBytes: number } | null;
  /** Processes and threads that this user may have (RLIMIT_NPROC) and has; null: no limit applies. */
  readonly userThreads: { readonly max: number; readonly current: number } | null;
  /** Longest listen backlog. */
  readonly listenBacklog: number | null;
  readonly synBacklog: number | null;
  readonly synCookies: boolean | null;
  readonly timeWaitSockets: { readonly max: number; readonly now: number } | null;
  /** TCP memory in bytes: from `pressure` on the kernel shrinks buffers, at `high` it drops data. */
  readonly tcpMemory: {
    readonly usedBytes: number;
    readonly pressureBytes: number;
    readonly highBytes: number;
  } | null;
  /** Connection tracking; null: not loaded. If it is only loaded, it does not affect loopback traffic. */
  readonly conntrack: {
    readonly count: number;
    readonly max: number;
    readonly tracksLoopback: boolean;
  } | null;
  readonly cgroup: CgroupLimits;
  /** Addresses of lo0, where each one must be added (macOS); null: all of 127/8 exists. */
  readonly loopbackAddresses: readonly string[] | null;
  /** Installed programs that capture packets. */
  readonly capturePrograms: readonly CaptureProgram[];
  readonly ipv6: {
    /** This host's addresses over lo, as CIDRs: "::1/128", and prefixes routed there (AnyIP). */
    readonly loopback: readonly string[];
    /** Whether addresses of such prefixes can be bound (net.ipv6.ip_nonlocal_bind); null: not known. */
    readonly nonlocalBind: boolean | null;
  };
}
