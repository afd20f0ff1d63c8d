import { createSocket } from "node:dgram";
import { connect } from "node:net";
import type { Endpoint } from "../../address/flow.ts";
import { UserError } from "../../base/errors.ts";

/** A connection to a server, or a UDP socket that only hears from it. */
export interface Link {
  send(bytes: Uint8Array): void;
  end(): void;
}

export interface LinkEvents {
  received(bytes: Uint8Array): void;
  /** @param why null: the server ended it in order */
  closed(why: string | null): void;
}

/** @throws (rejects with) UserError: nothing listens there */
export function openLink(endpoint: Endpoint, isStream: boolean, events: LinkEvents): Promise<Link> {
  return isStream ? openStream(endpoint, events) : openDatagrams(endpoint, events);
}

function openStream({ address, port }: Endpoint, events: LinkEvents): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, noDelay: true });
    socket.on("data", (bytes: Buffer) => events.received(bytes));
    socket.on("end", () => events.closed(null));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const why = error.code ?? error.message;
      events.closed(why);
      reject(new UserError(`no connection to ${address}:${port}: ${why}`));
    });
    socket.on("connect", () =>
      resolve({
        send: (bytes) => void socket.write(Uint8Array.from(bytes)),
        end: () => void socket.destroy(),
      }),
    );
  });
}

function openDatagrams({ address, port }: Endpoint, events: LinkEvents): Promise<Link> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    let isClosed = false;
    socket.on("message", (bytes) => events.received(bytes));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      events.closed(error.code ?? error.message),
    );
    socket.connect(port, address, () =>
      resolve({
        send: (bytes) => {
          if (!isClosed) socket.send(Uint8Array.from(bytes));
        },
        end: () => {
          isClosed = true;
          socket.close();
        },
      }),
    );
  });
}
