import { backends } from "../../io/backends.ts";
import type { Plan } from "../../plan/plan-types.ts";
import { telemetryObstacle as obstacleHere } from "../../telemetry/obstacle.ts";
import type { Check } from "./check.ts";

/** As `telemetryObstacle` where the plan asks for it; otherwise nothing is tried. */
export async function tryTelemetryFor(plan: Plan): Promise<string | null> {
  return plan.scenario.workloads.some(({ telemetry }) => telemetry !== null)
    ? obstacleHere()
    : null;
}

/** What is asked of the kernel's sockets is to be answered. */
export const tcpTelemetry: Check = ({ plan, telemetryObstacle }) => {
  const asking = plan.scenario.workloads.filter((workload) => workload.telemetry !== null);
  if (telemetryObstacle === null || asking.length === 0) return [];
  const names = asking.map(({ name }) => name).join(", ");
  return [
    {
      level: "refuse",
      message: `${asking.length === 1 ? "workload" : "workloads"} ${names}: telemetry: tcp reads the kernel's figures of connections by sock_diag, which cannot be used here: ${telemetryObstacle}`,
      remedy: `${telemetryRemedy(telemetryObstacle)}, or leave "telemetry" out`,
    },
  ];
};

/** The kernel's times of what clients receive need an io that reads them. */
export const wireTimes: Check = ({ plan }) => {
  const obstacle = backends[plan.io].capabilities.kernelTimesObstacle;
  const asking = plan.scenario.workloads.filter(({ wireTime }) => wireTime);
  if (obstacle === null) return [];
  return asking.map(({ name }) => ({
    level: "refuse",
    message: `workload ${name} asks for wireTime: ${obstacle}`,
    remedy: "use --io uring, or leave wireTime out",
  }));
};

/** What to do on Linux where sock_diag cannot be used. */
export function telemetryRemedy(obstacle: string): string {
  if (/ENOENT|EPROTONOSUPPORT/.test(obstacle)) {
    return "load the kernel's modules for it (sudo modprobe tcp_diag)";
  }
  if (/EPERM|EACCES|ENOSYS/.test(obstacle)) {
    return "allow sockets of the family AF_NETLINK in the container's seccomp profile";
  }
  return "run it on Linux, outside of a sandbox";
}
