/** A network namespace of one's own: a lo with nothing on it, whose routes nobody else sees. */
import { spawnSync } from "node:child_process";

/** Who is no root becomes one there, of nothing else. */
const asRoot = process.getuid?.() === 0 ? [] : ["--map-root-user"];

/** Runs a shell script as root of a new network; lo is up when it begins. */
export function runInNetworkSpace(
  script: string,
  env: NodeJS.ProcessEnv = {},
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    "unshare",
    [...asRoot, "--net", "sh", "-c", `ip link set lo up || exit 1\n${script}`],
    { encoding: "utf8", env: { ...process.env, ...env }, timeout: 60_000, maxBuffer: 64 << 20 },
  );
  return { status, stdout, stderr };
}

/** Whether this machine lets us have one, with IPv6 in it. */
export function hasNetworkSpaces(): boolean {
  return runInNetworkSpace("ip -6 route show table local dev lo | grep -q ::1").status === 0;
}
