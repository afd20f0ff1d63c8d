/** A real nats-server for tests, on a free port. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { atEndOfFile } from "../at-end.ts";
import { isInstalled } from "../support/programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

export const hasNatsServer = isInstalled("nats-server");

/**
 * Starts one; it ends with the tests of the file.
 *
 * @param config  of nats-server, without the port
 * @param address it listens there
 * @returns       its port
 */
export async function startNatsServer(config: string, address = "127.0.0.1"): Promise<number> {
  const file = join(makeTempDir(), "nats.conf");
  writeFileSync(file, config);
  const child = spawn("nats-server", ["-c", file, "-a", address, "-p", "-1"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  atEndOfFile(() => child.kill("SIGKILL"));
  return await new Promise((resolve, reject) => {
    let log = "";
    child.stderr.on("data", (text) => {
      log += text;
      const port = /Listening for client connections on \S+:(\d+)/.exec(log)?.[1];
      if (port !== undefined && /Server is ready/.test(log)) resolve(Number(port));
    });
    child.once("exit", () => reject(new Error(`nats-server ended: ${log}`)));
    child.once("error", reject);
  });
}
