import { createReplyCheck, type ExpectSpec, type ReplyCheck } from "../framing/reply-check.ts";
import { choiceOf, type MixChoice } from "../messages/mix.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { TrafficContext } from "./traffic.ts";

/** Several messages of a workload: which one an exchange is of, and what it has of its own. */
export class Mix {
  readonly #choice: MixChoice;
  readonly #recorders: readonly Recorder[];
  readonly #checks: readonly ReplyCheck[];
  readonly count: number;
  /** Whether any of the checks reads the bytes of replies. */
  readonly needsReply: boolean;

  constructor(choice: MixChoice, recorders: readonly Recorder[], checks: readonly ReplyCheck[]) {
    this.#choice = choice;
    this.#recorders = recorders;
    this.#checks = checks;
    this.count = checks.length;
    this.needsReply = checks.some(({ needsReply }) => needsReply);
  }

  /** Index of the message that an exchange is of. */
  of(connection: number, sequence: number): number {
    return this.#choice.of(connection, sequence);
  }

  /** What counts an exchange. */
  recorderOf(connection: number, sequence: number): Recorder {
    return this.#recorders[this.#choice.of(connection, sequence)] as Recorder;
  }

  /** What a reply must be. */
  checkOf(connection: number, sequence: number): ReplyCheck {
    return this.#checks[this.#choice.of(connection, sequence)] as ReplyCheck;
  }
}

/**
 * The mix of a workload; null: it has one message.
 *
 * @param checkOf creates what checks replies
 */
export function createMix(
  { workload, recorder, seed }: TrafficContext,
  checkOf: (expect: ExpectSpec) => ReplyCheck = createReplyCheck,
): Mix | null {
  const { message, expect, expectEach } = workload;
  if (message.kind !== "mix") return null;
  const expects = expectEach ?? message.messages.map(() => expect);
  return new Mix(choiceOf(message, seed), recorder.parts, expects.map(checkOf));
}
