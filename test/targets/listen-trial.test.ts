import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { checkCanListen } from "../../src/targets/listen-trial.ts";

test("an address bound by a shareable socket counts as taken", async () => {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  onTestFinished(() => void socket.close());
  socket.bind(0, "127.0.0.90");
  await once(socket, "listening");
  const endpoint = { address: "127.0.0.90", port: socket.address().port };
  const who = { name: "udp-echo", protocol: "udp", listen: [endpoint] } as const;
  const place = `server udp-echo cannot listen on 127.0.0.90:${endpoint.port}`;
  await expect(checkCanListen({ ...who, kind: "serve" })).rejects.toThrow(
    new RegExp(`^${place}: .* listens there already; end it, or choose another port \\(0 takes`),
  );
  await expect(checkCanListen({ ...who, kind: "builtin" })).rejects.toThrow(/leave "builtin"/);
  await checkCanListen({ ...who, kind: "serve", listen: [{ ...endpoint, port: 0 }] });
});
