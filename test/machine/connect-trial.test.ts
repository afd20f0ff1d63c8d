import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { reachable, tryConnect } from "../../src/machine/connect-trial.ts";

async function listen(onSocket: (socket: Socket) => void, host = "127.0.0.1"): Promise<number> {
  // Half-open connections are allowed: the server must end its side itself.
  const server = createServer({ allowHalfOpen: true }, onSocket).listen(0, host);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test("a server that answers, on its address or on a wildcard", async () => {
  const closing = (socket: Socket) => socket.resume().on("end", () => socket.end());
  const port = await listen(closing, "0.0.0.0");
  expect(await tryConnect({ address: "127.0.0.1", port }, 5000)).toBeNull();
  expect(await tryConnect({ address: "0.0.0.0", port }, 5000)).toBeNull();
  expect(reachable({ address: "::", port: 1 })).toEqual({ address: "::1", port: 1 });
});

test("no server", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  expect(await tryConnect({ address: "127.0.0.1", port }, 5000)).toBe("ECONNREFUSED");
});

test("a server's greeting is read to the end: it sees an orderly end, not a reset", async () => {
  const errors: Error[] = [];
  let ended = (): void => {};
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const port = await listen((socket) => {
    socket.on("error", (error) => errors.push(error));
    socket.on("close", ended);
    socket.write("welcome\r\n".repeat(1000));
    socket.resume().on("end", () => socket.end("bye\r\n"));
  });
  expect(await tryConnect({ address: "127.0.0.1", port }, 5000)).toBeNull();
  await end;
  expect(errors).toEqual([]);
});
