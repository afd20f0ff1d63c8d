import type { Protocol as Transport } from "../../address/protocol.ts";
import { thrownText } from "../../protocols/modules/guarded.ts";
import type { Protocol } from "../../protocols/protocol.ts";
import { type OptionSetting, type SessionFacts, trySession } from "../../protocols/spec.ts";

/** What its sessions can do over each transport, or why none can be made. */
export type TriedSessions = Readonly<
  Partial<Record<Transport, SessionFacts | { readonly failure: string }>>
>;

/** Makes a session of a protocol over each transport, to see what it can do. @param path of its module, or "" */
export async function trySessions(
  protocol: Protocol,
  options: Readonly<Record<string, OptionSetting>>,
  path: string,
): Promise<TriedSessions> {
  const tried: Record<string, SessionFacts | { readonly failure: string }> = {};
  for (const over of protocol.over) {
    try {
      tried[over] = await trySession(protocol, options, over);
    } catch (error) {
      tried[over] = { failure: thrownText(error, path) };
    }
  }
  return tried;
}
