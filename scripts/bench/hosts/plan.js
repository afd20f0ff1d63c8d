/** What both ends of the simulation agree on. */
import { load } from "./load.js";

const { planRun } = /** @type {typeof import("../../../src/plan/plan.ts")} */ (
  await load("plan/plan")
);
const { parseScenario } = /** @type {typeof import("../../../src/scenario/parse.ts")} */ (
  await load("scenario/parse")
);

/** Of each host in each interval; 4 intervals a second, as of a worker. */
export const samplesPerInterval = 1000;
export const intervalMs = 250;

/** @param {number} index */
export function hostName(index) {
  return `h${index}`;
}

/**
 * A run with one workload, whose clients are on so many hosts, one worker each.
 *
 * @param {number} hosts at most 250
 */
export function planOf(hosts) {
  const scenario = parseScenario(
    JSON.stringify({
      version: 1,
      name: "hosts",
      workloads: {
        chat: {
          target: "tcp://10.0.0.1:7000",
          pattern: "request",
          connections: 1000 * hosts,
          message: { size: 64 },
          framing: "echo",
          rate: `${(hosts * samplesPerInterval * 1000) / intervalMs}/s`,
          warmUp: "0s",
          duration: "1h",
        },
      },
    }),
    "hosts.yaml",
    { allowRemote: true },
  );
  const machine = /** @type {const} */ ({
    platform: "linux",
    cpus: 1,
    memoryBytes: 16e9,
    memoryAvailableBytes: 12e9,
    openFilesLimit: 1_000_000,
    ephemeralPorts: [32768, 60999],
    reservedPorts: [],
    anyIp: [],
    listening: { tcp: [], udp: [] },
  });
  return planRun(scenario, machine, {
    io: "uring",
    workers: 1,
    hosts: Array.from({ length: hosts }, (_, index) => ({
      name: hostName(index),
      addresses: [`10.0.0.${index + 2}/24`],
      sources: [],
      machine,
      io: /** @type {const} */ ("uring"),
      avoid: [],
    })),
  });
}
