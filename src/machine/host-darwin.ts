import type { KernelFacts } from "./host-linux.ts";
import { parseIfconfig, parseSysctl, parseUlimit, parseVmStat } from "./proc-files.ts";
import { commandOutput } from "./read-text.ts";

const names = {
  maxFiles: "kern.maxfiles",
  files: "kern.num_files",
  filesPerProcess: "kern.maxfilesperproc",
  portsFirst: "net.inet.ip.portrange.first",
  portsLast: "net.inet.ip.portrange.last",
  backlog: "kern.ipc.somaxconn",
} as const;

/** Returns the hard limit of open files, as reported by a shell, or null. */
export async function readUlimit(): Promise<number | null> {
  return parseUlimit((await commandOutput("/bin/sh", ["-c", "ulimit -Hn"])) ?? "");
}

/**
 * Reads sysctl, vm_stat, ulimit and ifconfig.
 *
 * @throws never
 */
export async function readDarwin(): Promise<Partial<KernelFacts>> {
  const [sysctlText, vmStat, ulimit, ifconfig] = await Promise.all([
    commandOutput("sysctl", Object.values(names)),
    commandOutput("vm_stat", []),
    readUlimit(),
    commandOutput("ifconfig", ["lo0"]),
  ]);
  return { ...darwinFacts(sysctlText ?? "", vmStat ?? "", ifconfig ?? ""), ...openFiles() };

  function openFiles(): Partial<KernelFacts> {
    // The limit is often "unlimited"; then the kernel's limit per process applies.
    const ceiling = parseSysctl(sysctlText ?? "", names.filesPerProcess);
    const known = [ulimit, ceiling].filter((limit) => limit !== null);
    return known.length === 0 ? {} : { openFiles: Math.min(...known) };
  }
}

/** Returns the facts in the output of three programs. Pure. */
export function darwinFacts(
  sysctlText: string,
  vmStat: string,
  ifconfig: string,
): Partial<KernelFacts> {
  const value = (name: keyof typeof names): number | null => parseSysctl(sysctlText, names[name]);
  const [max, allocated] = [value("maxFiles"), value("files")];
  const [first, last] = [value("portsFirst"), value("portsLast")];
  const available = parseVmStat(vmStat);
  return {
    ...(available === null ? {} : { memoryAvailableBytes: available }),
    ...(first === null || last === null ? {} : { portRange: [first, last] as const }),
    systemFiles: max === null ? null : { max, allocated: allocated ?? 0 },
    openFilesCeiling: value("filesPerProcess"),
    listenBacklog: value("backlog"),
    loopbackAddresses: parseIfconfig(ifconfig),
  };
}
