import { protocols } from "../../address/protocol.ts";
import { assert } from "../../base/assert.ts";
import { UserError } from "../../base/errors.ts";
import { guarded, thrownText } from "../../protocols/modules/guarded.ts";
import { enterUserCode, leaveUserCode, userCodePlace } from "../../protocols/modules/user-code.ts";
import type { Protocol, ProtocolSession } from "../../protocols/protocol.ts";
import { shippedProtocols } from "../../protocols/shipped.ts";
import { checkedSession, type ProtocolSpec } from "../../protocols/spec.ts";
import type { TrafficContext } from "../traffic.ts";

/**
 * The session that a workload's connections have in this worker; null: it has no protocol.
 *
 * @throws (rejects with) UserError: the module does not load, or makes none
 */
export async function createSession(context: TrafficContext): Promise<ProtocolSession | null> {
  const { workload, portion, seed } = context;
  const { applicationProtocol: spec } = workload;
  if (spec === null) return null;
  const isStream = !protocols[workload.protocol].isDatagram;
  const create = async (protocol: Protocol) => {
    const options = spec.options as never;
    const given = await protocol.create({ options, slots: portion.connections, isStream, seed });
    return checkedSession(given, protocol, isStream);
  };
  if (spec.path === null) {
    const protocol = shippedProtocols[spec.name];
    assert(protocol !== undefined, "the scenario was checked");
    return create(protocol);
  }
  const { name, path } = spec as ProtocolSpec & { readonly path: string };
  // With it comes what removes types, which is 3 MB.
  const { importProtocol } = await import("../../scenario/module/import-protocol.ts");
  enterUserCode(userCodePlace());
  try {
    return guarded(await create(await importProtocol(path)), name, path);
  } catch (error) {
    throw new UserError(`protocol ${name}: ${thrownText(error, path)}`);
  } finally {
    leaveUserCode();
  }
}
