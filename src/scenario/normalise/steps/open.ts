import { protocols } from "../../../address/protocol.ts";
import { bytesOf } from "../../../base/bytes-input.ts";
import { UserError } from "../../../base/errors.ts";
import { formatCount, formatSize } from "../../../base/units.ts";
import type { FramingSpec } from "../../../framing/framers/specs.ts";
import { framings, listFramings } from "../../../framing/framings.ts";
import type { ExpectSpec } from "../../../framing/reply-check.ts";
import { isBuiltInName } from "../../../messages/template/compile.ts";
import type { SlotBytes } from "../../../messages/template/slot-bytes.ts";
import { hasStamp } from "../../../messages/template/template-message.ts";
import type { OpenStep } from "../../scenario.ts";
import type { OpenStepInput } from "../../schema/message.ts";
import { namePattern } from "../../schema/values.ts";
import type { WorkloadInput } from "../../schema/workload.ts";
import type { Path } from "../../source/tree.ts";
import { attempt, type NormaliseContext, soleKey } from "../context.ts";
import { expectByDefault, normaliseExpect } from "../expect.ts";
import { normaliseFraming } from "../framing.ts";
import { normaliseMessage } from "../message.ts";
import type { ResolvedTarget } from "../target.ts";

/** Of a captured value, unless the step says. */
const defaultCaptureBytes = 64;

/** What one captured value may take for all connections together. */
const mostCapturedBytes = 1024 * 1024 * 1024;

/** What the steps of one workload have in common. */
export interface Steps {
  readonly target: ResolvedTarget;
  /** Where a reply ends, unless the step says; null: the workload does not say. */
  readonly framing: FramingSpec | null;
  readonly connections: number;
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
  if (open.length > 0 && isSink(target)) {
    const message = `${target.server?.builtin} only counts what it receives and answers nothing; leave open out`;
    context.diagnostics.key(at, message);
    return [];
  }
  const steps = stepsOf(input, target, framing, context);
  const all = open.map((step, index) =>
    normaliseStep(step, [...at, index], withCaptured(steps, open.slice(0, index))),
  );
  if (protocols[target.protocol].isDatagram) checkFirst(open, at, context);
  return all;
}

/** What the steps of a workload have in common, before any of them. */
export function stepsOf(
  input: WorkloadInput,
  target: ResolvedTarget,
  framing: FramingSpec | null,
  context: NormaliseContext,
): Steps {
  const byDefault = defaultFraming(input, target, framing);
  return { target, framing: byDefault, connections: input.connections ?? 1, context };
}

/** For the step that follows these. */
export function withCaptured(steps: Steps, before: readonly OpenStepInput[]): Steps {
  return { ...steps, context: { ...steps.context, captured: capturedBy(before) } };
}

export function isSink({ server }: ResolvedTarget): boolean {
  return server?.builtin === "tcp-sink" || server?.builtin === "udp-sink";
}

/** What these steps keep of their replies, by name, as messages know it before a run. */
export function capturedBy(steps: readonly OpenStepInput[]): ReadonlyMap<string, SlotBytes> {
  const all = steps.flatMap(({ capture = {} }) => Object.entries(capture));
  return new Map(
    all.map(([name, { maxSize: maxBytes = defaultCaptureBytes }]) => [
      name,
      { maxBytes, bytes: Buffer.alloc(0), start: () => 0, end: () => 0 },
    ]),
  );
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

/** Whether a step has no reply. */
export function waitsForNothing({ send, receive, expect, capture }: OpenStepInput): boolean {
  const parts = [send, receive, expect, capture];
  return receive === "none" || parts.every((part) => part === undefined);
}

/** One step; problems are reported. */
export function normaliseStep(step: OpenStepInput, path: Path, steps: Steps): OpenStep {
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
  if (message?.spec.kind === "template" && hasStamp(message.spec)) {
    diagnostics.value(
      [...path, "send"],
      "messages of steps are not counted as published; {{stamp}} belongs into the workload's message",
    );
  }
  return {
    name,
    message: message?.spec ?? null,
    receive: waitsForNothing(step) ? null : normaliseReceive(step, path, steps),
    capture: normaliseCapture(step, [...path, "capture"], steps),
  };
}

function normaliseCapture(
  step: OpenStepInput,
  path: Path,
  { context, connections }: Steps,
): OpenStep["capture"] {
  const { diagnostics, data, captured } = context;
  const { capture } = step;
  if (capture !== undefined && waitsForNothing(step)) {
    diagnostics.key(path, "capture takes a value out of the step's reply, and it waits for none");
  }
  return Object.entries(capture ?? {}).map(([name, value]) => {
    const at = [...path, name];
    const what =
      data.unread.has(name) || data.sets.some((set) => set.name === name)
        ? "is data of the scenario"
        : isBuiltInName(name)
          ? "has a meaning of its own in messages"
          : captured?.has(name)
            ? "is captured by an earlier step"
            : namePattern.test(name)
              ? null
              : "does not start with a letter and continue with letters, digits, _ or -";
    if (what !== null) diagnostics.key(at, `the name "${name}" ${what}; choose another`);
    const maxBytes = value.maxSize ?? defaultCaptureBytes;
    if (maxBytes * connections > mostCapturedBytes) {
      const [each, all] = [maxBytes, maxBytes * connections].map(formatSize);
      diagnostics.key(
        at,
        `${each} for each of ${formatCount(connections)} connections is ${all}; at most 1 GiB: give a smaller maxSize`,
      );
    }
    return {
      name,
      afterBase64: bytesAt(value.after, [...at, "after"], diagnostics),
      beforeBase64: bytesAt(value.before, [...at, "before"], diagnostics),
      maxBytes,
    };
  });
}

function bytesAt(
  input: NonNullable<OpenStepInput["capture"]>[string]["after"],
  path: Path,
  diagnostics: NormaliseContext["diagnostics"],
): string | null {
  if (input === undefined) return null;
  const isText = typeof input === "string";
  if (!isText && soleKey(diagnostics, path, input, ["text", "hex", "base64"]) === null) return null;
  return attempt(diagnostics, path, () => {
    const bytes = bytesOf(input);
    if (bytes.length === 0) throw new UserError("it must have at least 1 byte");
    return bytes.toString("base64");
  });
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
