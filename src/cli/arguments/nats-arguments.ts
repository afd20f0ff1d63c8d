/** Options of commands that speak over a NATS server. */
import type { Options } from "yargs";
import { UserError } from "../../base/errors.ts";
import type { NatsOptions } from "../../channel/nats-connect.ts";
import { text } from "./options.ts";

export const natsOptions = {
  nats: text("nats", "NATS server to speak over: nats://ADDRESS:PORT, or several with commas"),
} as const satisfies Record<string, Options>;

/** Null where no server is given. */
export function natsArguments(args: Readonly<Record<string, unknown>>): NatsOptions | null {
  const given = args.nats as string | undefined;
  return given === undefined ? null : { servers: given.split(",") };
}

/** @throws UserError where no server is given */
export function neededNats(args: Readonly<Record<string, unknown>>): NatsOptions {
  const given = natsArguments(args);
  if (given !== null) return given;
  throw new UserError("which NATS server? give --nats nats://ADDRESS:PORT");
}
