import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { formatEndpoint } from "../../address/flow.ts";
import { monotonicNs } from "../../base/clock.ts";
import { exitStatus, UserError } from "../../base/errors.ts";
import { nodeOptions } from "../../base/node-options.ts";
import { packageFile } from "../../base/package-file.ts";
import type { ServeRequest, ServerStats } from "../protocol.ts";
import type { UdpTally } from "../replies/tally.ts";
import { startServerProcess } from "./server-process.ts";

/**
 * Runs a built-in server alone, until SIGINT or SIGTERM: `slash8 serve`.
 *
 * Prints `listening on ADDRESS:PORT` per endpoint to standard output once it is ready, and its counters
 * to standard error at the end.
 *
 * @throws (rejects with) UserError: it cannot listen on the endpoints (status 2), or the server died (1)
 */
export async function runServe(request: ServeRequest): Promise<void> {
  const program = fileURLToPath(packageFile("dist/servers/process/main.js"));
  const interrupted = new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
  const child = fork(program, { serialization: "advanced", execArgv: nodeOptions });
  const server = await startServerProcess(child, request, monotonicNs()).catch((error: Error) => {
    throw new UserError(`cannot serve ${request.builtin}: ${error.message}`);
  });
  for (const endpoint of server.endpoints) {
    process.stdout.write(`listening on ${formatEndpoint(endpoint)}\n`);
  }
  const lost = await Promise.race([interrupted, server.lost]);
  if (lost !== undefined) throw new UserError(lost.message, exitStatus.internal);
  process.stderr.write(formatStats(await server.stop()));
}

function formatStats(stats: ServerStats): string {
  const { accepted, received, replied, bytesReceived, bytesSent, udp } = stats;
  const lines = [
    `accepted ${accepted}, received ${received} (${bytesReceived} bytes), ` +
      `replied ${replied} (${bytesSent} bytes)`,
    ...(udp === null ? [] : [formatUdp(udp)]),
  ];
  return `${lines.filter((line) => line !== "").join("\n")}\n`;
}

/** Lists the counters that are not 0: most of them rarely count anything. */
function formatUdp(udp: UdpTally): string {
  return Object.entries(udpWords)
    .flatMap(([key, words]) => {
      const count = udp[key as keyof UdpTally];
      return count === 0 ? [] : [`${words} ${count}`];
    })
    .join(", ");
}

const udpWords: Readonly<Record<keyof UdpTally, string>> = {
  handedOver: "handed over",
  handedBack: "handed back",
  withoutSocket: "without their own socket",
  refused: "refused",
  remote: "not from loopback",
  own: "from itself or another server",
};
