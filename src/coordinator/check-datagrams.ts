import { receiveErrorsObstacle } from "../io/datagram-support.ts";
import type { Check } from "./check.ts";

/** Unconnected UDP clients that want to hear of ICMP errors need an io that can. */
export const receiveErrors: Check = ({ plan }) => {
  const obstacle = receiveErrorsObstacle(plan.io);
  const asking = plan.scenario.workloads.filter((workload) => workload.receiveErrors);
  if (obstacle === null) return [];
  return asking.map(({ name }) => ({
    level: "refuse",
    message: `workload ${name} asks for receiveErrors: ${obstacle}`,
    remedy: "use --io uring, or socket: connected, which hears of closed ports over any io",
  }));
};
