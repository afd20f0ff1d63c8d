import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Plan } from "../../plan/plan-types.ts";

/** Whether this machine delivers one datagram to many sockets of one port. */
export interface FanOutTrial {
  readonly delivery: "broadcast" | "multicast";
  /** What it was sent to. */
  readonly address: string;
  /** The address that receivers must be bound to, to receive everything; null: no binding works. */
  readonly bindTo: string | null;
  /** What happened instead, for people; null where all receive it. */
  readonly obstacle: string | null;
}

const addresses = { broadcast: "127.255.255.255", multicast: "239.255.0.1" } as const;

/** Where receivers are bound on Windows, which only binds to the host's own addresses. */
const hostAddress = "127.0.0.1";

const attempts = 12;
const betweenMs = 20;

/** As `tryFanOut` where the plan sends to many at once; otherwise nothing is tried. */
export async function tryFanOutFor(plan: Plan): Promise<readonly FanOutTrial[]> {
  return plan.scenario.workloads.some(({ broadcast }) => broadcast !== null) ? tryFanOut() : [];
}

/** Tries broadcast and multicast on loopback. @throws never */
export async function tryFanOut(): Promise<readonly FanOutTrial[]> {
  return [await tryDelivery("broadcast"), await tryDelivery("multicast")];
}

/**
 * Binds two receivers to one port and sends to both of them at once, from loopback.
 *
 * @throws never
 * @cost   some ms where it works, half a second where it does not
 */
async function tryDelivery(delivery: FanOutTrial["delivery"]): Promise<FanOutTrial> {
  const address = addresses[delivery];
  let obstacle = "";
  for (const bindTo of [address, hostAddress]) {
    const found = await tryBound(delivery, address, bindTo).catch(
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    );
    if (found === null) return { delivery, address, bindTo, obstacle: null };
    obstacle ||= found;
  }
  return { delivery, address, bindTo: null, obstacle };
}

/** @returns null where both received it, else what happened */
async function tryBound(
  delivery: FanOutTrial["delivery"],
  address: string,
  bindTo: string,
): Promise<string | null> {
  const sockets: Socket[] = [];
  const open = () => {
    const socket = createSocket({ type: "udp4", reuseAddr: true });
    sockets.push(socket);
    return socket;
  };
  try {
    const reached = new Set<Socket>();
    let port = 0;
    for (let receiver = 0; receiver < 2; receiver++) {
      const socket = open();
      socket.on("message", () => reached.add(socket));
      await bound(socket, bindTo, port);
      if (delivery === "multicast") socket.addMembership(address, hostAddress);
      port = socket.address().port;
    }
    const sender = open();
    await bound(sender, hostAddress, 0);
    let refused: string | null = null;
    sender.on("error", (error: NodeJS.ErrnoException) => {
      refused = error.code ?? error.message;
    });
    if (delivery === "broadcast") sender.setBroadcast(true);
    else sender.setMulticastInterface(hostAddress);
    for (let attempt = 0; attempt < attempts && refused === null; attempt++) {
      sender.send("slash8", port, address);
      for (let look = 0; look < betweenMs / 2 && reached.size < 2; look++) await sleep(2);
      if (reached.size === 2) return null;
    }
    return refused ?? `${reached.size} of 2 receivers received it`;
  } finally {
    for (const socket of sockets) socket.close();
  }
}

async function bound(socket: Socket, address: string, port: number): Promise<void> {
  const listening = once(socket, "listening");
  socket.bind({ address, port, exclusive: true });
  await listening;
}
