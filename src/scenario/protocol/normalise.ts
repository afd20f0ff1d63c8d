import type { Protocol } from "../../address/protocol.ts";
import type { ProtocolFacts, ProtocolSpec, SessionFacts } from "../../protocols/spec.ts";
import type { NormaliseContext } from "../normalise/context.ts";
import { patterns } from "../patterns.ts";
import type { WorkloadInput } from "../schema/workload.ts";
import type { Path } from "../source/tree.ts";

/** What a workload speaks, as far as that is known. */
export interface ResolvedProtocol {
  /** As the scenario has it. */
  readonly name: string;
  /** Null where it is wrong, which is reported. */
  readonly spec: ProtocolSpec | null;
  readonly facts: ProtocolFacts | null;
  /** Over the workload's transport; null: not known. */
  readonly session: SessionFacts | null;
}

/**
 * The protocol of a workload; problems are reported, also those of fields that do not go with it.
 *
 * @returns null where the workload has none
 */
export function normaliseProtocol(
  input: WorkloadInput,
  transport: Protocol,
  path: Path,
  { diagnostics, protocols }: NormaliseContext,
): ResolvedProtocol | null {
  if (input.protocol === undefined) return null;
  const at = [...path, "protocol"];
  const lookup = protocols.get(String(path.at(-1)));
  const name =
    typeof input.protocol === "string" ? input.protocol : (Object.keys(input.protocol)[0] ?? "");
  if (lookup === undefined) {
    diagnostics.value(
      at,
      "protocol takes exactly one name, with its options: { NAME: { option: value } }",
    );
    return { name, spec: null, facts: null, session: null };
  }
  for (const { path: below, isKey, message } of lookup.problems) {
    const place = [...path, ...below];
    if (isKey) diagnostics.key(place, message);
    else diagnostics.value(place, message);
  }
  const { spec, facts, tried } = lookup;
  if (facts !== null && !facts.over.includes(transport)) {
    const [over] = facts.over;
    diagnostics.value(
      at,
      `${name} runs over ${over?.toUpperCase()}, and the target is ${transport.toUpperCase()}: give a target ${over}://ADDRESS:PORT, or another protocol`,
    );
  }
  const session = tried?.[transport] ?? null;
  if (session !== null && "failure" in session) {
    const message = `no session of protocol ${name} can be made: ${session.failure}`;
    diagnostics.value(at, message);
    return { name, spec: null, facts, session: null };
  }
  checkFields(input, name, session, path, diagnostics);
  const hasReplies = patterns[input.pattern].hasArrivals && !patterns[input.pattern].oneWay;
  if (hasReplies && input.exchangesPerConnection !== 0 && session?.unanswered != null) {
    const { unanswered } = session;
    const other = unanswered === "" ? "" : `, or give it ${unanswered}`;
    const message = `nothing answers what protocol ${name} sends here, so that every exchange would time out: take pattern: stream${other}`;
    diagnostics.value(at, message);
  }
  return { name, spec, facts, session };
}

/** What says the same as a protocol does is left out beside it. */
function checkFields(
  input: WorkloadInput,
  name: string,
  session: SessionFacts | null,
  path: Path,
  diagnostics: NormaliseContext["diagnostics"],
): void {
  const refuse = (field: keyof WorkloadInput, why: string) => {
    if (input[field] === undefined) return;
    diagnostics.key([...path, field], `${field}: protocol ${name} ${why}; leave ${field} out`);
  };
  refuse("framing", "says where its messages end");
  if (session?.opens) refuse("open", "opens its connections itself");
  if (session?.classifies) refuse("unsolicited", "says itself which messages are no replies");
  if (session?.matches) refuse("id", "finds out itself which reply answers which request");
}
