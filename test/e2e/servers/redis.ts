/** A Redis that tests ask what it has counted. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { freePort } from "../../support/ports/free-port.ts";

export const redisServer = "redis-server";

/** Starts one on a free port of 127.0.0.1, which keeps nothing; it ends when it is disposed of. */
export async function startRedis(
  options: readonly string[] = [],
): Promise<AsyncDisposable & { readonly port: number }> {
  const port = await freePort();
  const args = ["--bind", "127.0.0.1", "--protected-mode", "no", "--appendonly", "no"];
  const redis = spawn(redisServer, ["--port", `${port}`, ...args, ...options, "--save", ""], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(redis, "exit");
  for await (const chunk of redis.stdout) if (`${chunk}`.includes("Ready to accept")) break;
  return {
    port,
    async [Symbol.asyncDispose]() {
      redis.kill();
      await ended;
    },
  };
}

/** Calls by command, as Redis counts them. @param login commands that come before the one that asks */
export async function callsOf(port: number, login = ""): Promise<Record<string, number>> {
  const end = "END";
  const socket = net.connect(port, "127.0.0.1");
  socket.setEncoding("latin1");
  socket.write(`${login}INFO commandstats\r\nECHO ${end}\r\n`);
  let stats = "";
  for await (const chunk of socket) {
    stats += chunk;
    if (stats.includes(end)) break;
  }
  const found = [...stats.matchAll(/cmdstat_(\w+):calls=(\d+)/g)];
  return Object.fromEntries(found.map(([, name = "", count]) => [name, Number(count)]));
}
