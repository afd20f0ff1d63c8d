/** Channels over a NATS server: each end publishes on a subject to which the other one subscribes. */
import type { NatsConnection } from "@nats-io/transport-node";
import { monotonicNs } from "../base/clock.ts";
import { debugLog } from "../base/debug.ts";
import type { Channel } from "./channel.ts";
import { Delivery, type DeliveryLimits, tickMs } from "./delivery.ts";
import { decodeMessage, encodeMessage } from "./encoding.ts";

const debug = debugLog("hosts");

/** For `connect`: a server that restarts is reached again soon, and one that is silent is noticed. */
export const natsReconnects = {
  maxReconnectAttempts: -1,
  reconnectTimeWait: 250,
  reconnectJitter: 100,
  pingInterval: 1_000,
  maxPingOut: 2,
} as const;

export interface NatsChannel<Out, In> extends Channel<Out, In> {
  /** Ends the channel once the other end has everything; `closed` resolves then. */
  end(): void;
}

/** What servers take where their configuration does not say otherwise. */
const usualPacketBytes = 2 ** 20;

/**
 * @param connection an open one, with `natsReconnects`; several channels may use it, and it stays open
 * @param subjects   on which this end sends and receives; the other end has them the other way round
 * @param limits     how long the other end, and the server, may be missing
 */
export function natsChannel<Out, In>(
  connection: NatsConnection,
  subjects: { readonly send: string; readonly receive: string },
  limits: Omit<DeliveryLimits, "packetBytes">,
): NatsChannel<Out, In> {
  let receive: (message: In) => void = () => {};
  let close: (why: string) => void = () => {};
  const closed = new Promise<string>((resolve) => {
    close = resolve;
  });
  const delivery = new Delivery(
    { ...limits, packetBytes: connection.info?.max_payload ?? usualPacketBytes },
    {
      packet: (bytes) => {
        if (!connection.isClosed()) connection.publish(subjects.send, bytes);
      },
      message: (bytes) => {
        // What the other end sends may be anything: it ends the channel, and nothing else.
        try {
          receive(decodeMessage(bytes) as In);
        } catch (error) {
          delivery.fail(`the other end sent what is not a message: ${(error as Error).message}`);
        }
      },
      closed: (why) => {
        clearInterval(ticks);
        if (!connection.isClosed()) subscription.unsubscribe();
        close(why);
      },
    },
    monotonicNs(),
  );
  let tickedNs = monotonicNs();
  const tick = (nowNs: number) => {
    tickedNs = nowNs;
    delivery.tick(nowNs);
  };
  const ticks = setInterval(() => tick(monotonicNs()), tickMs);
  const subscription = connection.subscribe(subjects.receive, {
    callback: (error, message) => {
      if (error !== null) {
        delivery.fail(`the NATS server refused ${subjects.receive}: ${error.message}`);
        return;
      }
      delivery.receive(message.data);
      // Timers wait while what is received keeps this thread busy, and the other end would take that for an end.
      const nowNs = monotonicNs();
      if (nowNs - tickedNs > tickMs * 1e6) tick(nowNs);
    },
  });
  void follow(connection, delivery);
  return {
    send: (message) => delivery.send(encodeMessage(message)),
    onMessage: (set) => {
      receive = set;
    },
    closed,
    end: () => delivery.end(),
  };
}

/** Passes on whether the server is reached. */
async function follow(connection: NatsConnection, delivery: Delivery): Promise<void> {
  void connection.closed().then((error) => {
    const why = error instanceof Error ? `: ${error.message}` : "";
    delivery.fail(`the connection to the NATS server ended${why}`);
  });
  for await (const { type } of connection.status()) {
    debug("the connection to the NATS server: %s", type);
    if (type === "disconnect") delivery.connected(false);
    else if (type === "reconnect") delivery.connected(true);
  }
}
