import { ConnectionText } from "../connection-text.ts";

/** Ids of subscriptions: what `subscribe` names, and the inbox. One digit each. */
export const subscriptionId = 1;
export const inboxId = 2;

/** Of the options of nats, those that say how a connection is opened. */
interface GreetingOptions {
  readonly request: boolean;
  readonly verbose: boolean;
  readonly subscribe: string | null;
  readonly queue: string | null;
  readonly user: string | null;
  readonly password: string | null;
  readonly token: string | null;
}

/** What answers the server's INFO, by a connection's number and its inbox. @see CONNECT, SUB and PING of the protocol */
export function createGreeting(
  options: GreetingOptions,
): (connection: number, inbox: string) => Buffer {
  const { request, verbose, queue, user, password, token } = options;
  const connect = JSON.stringify({
    ...{ verbose, pedantic: false, tls_required: false, name: "slash8", lang: "slash8" },
    ...{ version: "1", protocol: 1, headers: true, no_responders: request },
    // What is undefined is not written.
    ...{ user: user ?? undefined, pass: password ?? undefined, auth_token: token ?? undefined },
  });
  const subject = new ConnectionText("subscribe", options.subscribe ?? "");
  const group = queue === null ? "" : ` ${queue}`;
  return (connection, inbox) => {
    const lines = [`CONNECT ${connect}`];
    if (options.subscribe !== null) {
      lines.push(`SUB ${subject.of(connection)}${group} ${subscriptionId}`);
    }
    if (request) lines.push(`SUB ${inbox}* ${inboxId}`);
    // All before it is done when the server answers the ping.
    return Buffer.from(`${lines.join("\r\n")}\r\nPING\r\n`);
  };
}

export interface Info {
  /** Of this client at this server; nobody else has it. */
  readonly inbox: string;
  readonly needsTls: boolean;
}

/** No inbox is longer. */
export const longestInbox = "_".repeat(60);

/** What the server says of itself, `INFO {...}`; null where it cannot be used. */
export function readInfo(bytes: Uint8Array, start: number, end: number): Info | null {
  const text = Buffer.from(bytes.subarray(start, end)).toString();
  try {
    const { server_id, client_id, tls_required } = JSON.parse(text.slice("INFO ".length));
    const server = `${server_id}`.replaceAll(/\W/g, "").slice(0, 12);
    return { inbox: `_INBOX.${server}.${Number(client_id)}.`, needsTls: tls_required === true };
  } catch {
    return null;
  }
}
