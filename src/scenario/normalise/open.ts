import { protocols } from "../../address/protocol.ts";
import { type FramingSpec, framings, listFramings } from "../../framing/framings.ts";
import type { ExpectSpec } from "../../framing/reply-check.ts";
import type { OpenStep } from "../scenario.ts";
import type { OpenStepInput } from "../schema/message.ts";
import type { WorkloadInput } from "../schema/workload.ts";
import type { Path } from "../source/tree.ts";
import type { NormaliseContext } from "./context.ts";
import { expectByDefault, normaliseExpect } from "./expect.ts";
import { normaliseFraming } from "./framing.ts";
import { normaliseMessage } from "./message.ts";
import type { ResolvedTarget } from "./target.ts";

/** What the steps of one workload have in common. */
interface Steps {
  readonly target: ResolvedTarget;
  /** Where a reply ends, unless the step says; null: the workload does not say. */
  readonly framing: FramingSpec | null;
  readonly context: NormaliseContext;
}

/**
 * The steps of `open`; problems are reported.
 *
 * @param framing of the workload's own replies; null: it has none, or it is wrong
 */
export function normaliseOpen(
  input: WorkloadInput,
  target: ResolvedTarget,
  framing: FramingSpec | null,
  path: Path,
  context: NormaliseContext,
): readonly OpenStep[] {
  const { open = [] } = input;
  const at = [...path, "open"];
  const builtin = target.server?.builtin ?? null;
  if (open.length > 0 && (builtin === "tcp-sink" || builtin === "udp-sink")) {
    const message = `${builtin} only counts what it receives and answers nothing; leave open out`;
    context.diagnostics.key(at, message);
    return [];
  }
  const steps: Steps = { target, framing: defaultFraming(input, target, framing), context };
  const all = open.map((step, index) => normaliseStep(step, [...at, index], steps));
  if (protocols[target.protocol].isDatagram) checkFirst(open, at, context);
  return all;
}

/** A framing that is given and wrong has been reported: none is missing then. */
function defaultFraming(
  { framing: given }: WorkloadInput,
  { server }: ResolvedTarget,
  framing: FramingSpec | null,
): FramingSpec | null {
  if (given !== undefined) return framing ?? framings.http.alone;
  if (server?.builtin === "tcp-echo") return framings.echo.alone;
  return server?.builtin === "tcp-http" ? framings.http.alone : null;
}

/** Over UDP a server cannot speak first. */
function checkFirst(
  open: readonly OpenStepInput[],
  path: Path,
  { diagnostics }: NormaliseContext,
): void {
  const [first] = open;
  if (first === undefined || first.send !== undefined || waitsForNothing(first)) return;
  diagnostics.key(
    [...path, 0],
    "over UDP a server knows its clients by what they send: the first step needs send",
  );
}

function waitsForNothing({ send, receive, expect }: OpenStepInput): boolean {
  return receive === "none" || [send, receive, expect].every((part) => part === undefined);
}

function normaliseStep(step: OpenStepInput, path: Path, steps: Steps): OpenStep {
  const { diagnostics } = steps.context;
  const { name = null, send, receive, expect } = step;
  if (send === undefined && waitsForNothing(step)) {
    diagnostics.key(path, "this step neither sends nor receives: give send, receive or both");
  }
  if (receive === "none" && expect !== undefined) {
    diagnostics.key(
      [...path, "expect"],
      "expect has no meaning with receive: none, which waits for no reply; leave one of them out",
    );
  }
  const message =
    send === undefined
      ? null
      : normaliseMessage(send, steps.target.protocol, [...path, "send"], steps.context);
  return {
    name,
    message: message?.spec ?? null,
    receive: waitsForNothing(step) ? null : normaliseReceive(step, path, steps),
  };
}

function normaliseReceive(step: OpenStepInput, path: Path, steps: Steps): OpenStep["receive"] {
  const { context, target } = steps;
  const { isDatagram } = protocols[target.protocol];
  const framing = isDatagram ? null : framingOf(step, path, steps);
  if (isDatagram && step.receive !== undefined) {
    context.diagnostics.value(
      [...path, "receive"],
      "over UDP a reply is one datagram; leave receive out, or give none",
    );
  }
  return { framing, expect: expectOf(step, path, framing, isDatagram, context) };
}

function framingOf(
  { send, receive }: OpenStepInput,
  path: Path,
  { framing: byDefault, context }: Steps,
): FramingSpec | null {
  const { diagnostics } = context;
  const at = [...path, "receive"];
  if (receive === undefined && byDefault === null) {
    diagnostics.key(
      path,
      "receive is missing: where this step's reply ends, as the workload has no framing. Give none, " +
        listFramings("example"),
    );
    return null;
  }
  const framing =
    receive === undefined || receive === "none"
      ? byDefault
      : normaliseFraming(receive, at, context);
  if (framing?.kind === "echo" && send === undefined) {
    const message = "an echo is as long as what the step sends, and this one sends nothing";
    if (receive === undefined) diagnostics.key(path, `${message}; give send, or receive`);
    else diagnostics.value(at, `${message}; give send, or another framing`);
  }
  return framing;
}

function expectOf(
  { send, expect }: OpenStepInput,
  path: Path,
  framing: FramingSpec | null,
  isDatagram: boolean,
  { diagnostics }: NormaliseContext,
): ExpectSpec {
  const byDefault = expectByDefault(framing);
  if (expect === undefined) return byDefault;
  const at = [...path, "expect"];
  if (expect === "echo" && send === undefined) {
    const message = "echo compares with what the step sends, and this one sends nothing";
    diagnostics.value(at, `${message}; give send, or another expect`);
  }
  const given = expect === "any" || expect === "echo" ? expect : textOr(expect);
  return normaliseExpect(given, at, diagnostics, framing, isDatagram) ?? byDefault;
}

function textOr<T extends object>(expect: string | T): T | { readonly text: string } {
  return typeof expect === "string" ? { text: expect } : expect;
}
