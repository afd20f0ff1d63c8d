import { connect, type NatsConnection } from "@nats-io/transport-node";
import { UserError } from "../base/errors.ts";
import { natsReconnects } from "./nats-channel.ts";

export interface NatsOptions {
  readonly servers: readonly string[];
}

/** @throws (rejects with) UserError where the server cannot be used */
export async function connectNats({ servers }: NatsOptions): Promise<NatsConnection> {
  try {
    return await connect({ servers: [...servers], name: "slash8", ...natsReconnects });
  } catch (error) {
    throw new UserError(
      `the NATS server ${servers.join(", ")} cannot be reached: ${(error as Error).message}; start it, or give another with --nats`,
    );
  }
}
