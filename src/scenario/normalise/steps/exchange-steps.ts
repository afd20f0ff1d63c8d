import { protocols } from "../../../address/protocol.ts";
import type { FramingSpec } from "../../../framing/framers/specs.ts";
import { listFramings } from "../../../framing/framings.ts";
import type { ExchangeStep, WorkloadParts } from "../../scenario.ts";
import type { ExchangeStepInput } from "../../schema/message.ts";
import type { WorkloadInput } from "../../schema/workload.ts";
import type { Path } from "../../source/tree.ts";
import type { NormaliseContext } from "../context.ts";
import { partNameProblem } from "../parts/part-names.ts";
import type { ResolvedTarget } from "../target.ts";
import { isSink, normaliseStep, stepsOf, waitsForNothing, withCaptured } from "./open.ts";

/** Fields that say of one message what each step says of its own. */
const ofMessages = {
  message: "steps stand in its place",
  messages: "steps stand in their place",
  expect: "each step has its own expect",
  id: "replies of steps are found by their order",
  protocol: "a protocol says itself what is sent",
} as const;

/**
 * The steps of an exchange that has several messages; problems are reported.
 *
 * @param framing of the workload; null: it has none, or it is wrong
 */
export function normaliseSteps(
  input: WorkloadInput,
  target: ResolvedTarget,
  framing: FramingSpec | null,
  path: Path,
  context: NormaliseContext,
): readonly ExchangeStep[] {
  const { steps: given, open = [] } = input;
  if (given === undefined) return [];
  const { diagnostics } = context;
  const at = [...path, "steps"];
  if (isSink(target)) {
    const message = `${target.server?.builtin} only counts what it receives and answers nothing; leave steps out`;
    diagnostics.key(at, message);
    return [];
  }
  checkOthers(input, path, context);
  if (input.unsolicited !== undefined && !protocols[target.protocol].isDatagram) {
    checkFramings(input, given, framing, path, context);
  }
  checkOrder(given, at, context);
  const steps = stepsOf(input, target, framing, context);
  return given.map((step, index) => {
    const { think: thinkNs = 0, ...rest } = step;
    const before = [...open, ...given.slice(0, index)];
    return { ...normaliseStep(rest, [...at, index], withCaptured(steps, before)), thinkNs };
  });
}

/** The steps that have figures of their own: those with a name that send and wait for a reply; null: there are none. */
export function partsOfSteps(steps: readonly ExchangeStep[]): WorkloadParts | null {
  const names = steps.flatMap(({ name, message, receive }) =>
    name === null || message === null || receive === null ? [] : [name],
  );
  return names.length === 0 ? null : { names, addUp: false };
}

/** Reports what cannot be given beside steps. */
function checkOthers(input: WorkloadInput, path: Path, { diagnostics }: NormaliseContext): void {
  for (const [field, reason] of Object.entries(ofMessages)) {
    if (input[field as keyof typeof ofMessages] === undefined) continue;
    diagnostics.key(
      [...path, field],
      `${field} has no meaning with steps: ${reason}; leave it out`,
    );
  }
  if ((input.inFlight ?? 1) > 1) {
    const message = "with steps a connection has one exchange in flight; give more connections";
    diagnostics.value([...path, "inFlight"], message);
  }
}

/** What is no reply may come before any of the replies: one framing has to find all messages of a connection. */
function checkFramings(
  input: WorkloadInput,
  given: readonly ExchangeStepInput[],
  framing: FramingSpec | null,
  path: Path,
  { diagnostics }: NormaliseContext,
): void {
  if (input.framing === undefined) {
    diagnostics.key(
      path,
      `framing is missing: where a message ends that unsolicited speaks of. Give ${listFramings("example")}`,
    );
  } else if (framing?.kind === "echo" || framing?.kind === "http") {
    const message =
      "this framing finds the reply to a request, and what unsolicited speaks of answers none; give another framing";
    diagnostics.value([...path, "framing"], message);
  }
  for (const [index, { receive }] of given.entries()) {
    if (receive === undefined || receive === "none") continue;
    diagnostics.key(
      [...path, "steps", index, "receive"],
      "what unsolicited takes out may come before any reply, so that all are found in the workload's framing; leave receive out",
    );
  }
}

function checkOrder(
  given: readonly ExchangeStepInput[],
  path: Path,
  { diagnostics }: NormaliseContext,
): void {
  const [first] = given;
  if (first?.send === undefined) {
    const message =
      "the first step of an exchange has to send; what a server says by itself, when a connection opens, belongs to open";
    diagnostics.key([...path, 0], message);
  }
  if (given.every(waitsForNothing)) {
    diagnostics.key(
      path,
      "none of the steps waits for a reply, so that there is no response time; use pattern stream, or let one receive",
    );
  }
  const names: string[] = [];
  for (const [index, { name, send, think = 0 }] of given.entries()) {
    const at = [...path, index];
    if (think > 0 && index === 0) {
      const message = "nothing of the exchange is before its first step; give the workload's think";
      diagnostics.value([...at, "think"], message);
    } else if (think > 0 && send === undefined) {
      const message =
        "think is a pause before something is sent, and this step only receives; give it to another step";
      diagnostics.value([...at, "think"], message);
    }
    if (name === undefined) continue;
    const problem = partNameProblem("step", name, names);
    if (problem !== null) diagnostics.value([...at, "name"], problem);
    names.push(name);
  }
}
