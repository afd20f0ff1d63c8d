/**
 * The record of a search for the highest load: the contract with programs that read `limit.json`. Fields
 * may be added; those here keep name and meaning.
 */
import type { Answer } from "../../search/decide.ts";
import type { Verdict } from "../../search/tally.ts";
import type { GateOutcome, Outcome, RunResult, Tool } from "../result.ts";
import { isMostlyLag } from "./load-verdict.ts";

export const limitSchemaVersion = 1;

export interface LimitRecord {
  readonly schemaVersion: typeof limitSchemaVersion;
  readonly kind: "limit";
  readonly tool: Tool;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly scenario: { readonly name: string; readonly file: string; readonly sha256: string };
  /** "chat.rate", in 1/s, or "chat.connections". */
  readonly vary: string;
  /** Expressions, all of which must hold. */
  readonly gates: readonly string[];
  readonly search: {
    readonly from: number;
    readonly to: number | null;
    readonly precision: number;
    readonly repeat: number;
  };
  /** Null while it goes on: the record is written after each step. */
  readonly answer: Answer | null;
  /** The answer for people; empty while it goes on. */
  readonly text: string;
  readonly steps: readonly LimitStep[];
}

/** One run. */
export interface LimitStep {
  /** From 1. */
  readonly step: number;
  readonly load: number;
  /** Null: it was interrupted. */
  readonly verdict: Verdict | null;
  readonly gates: readonly Pick<
    GateOutcome,
    "expression" | "actual" | "limit" | "unit" | "verdict"
  >[];
  /** Null where the run could not be made. */
  readonly outcome: Outcome | null;
  readonly reasons: readonly string[];
  /** Its result, next to the record; null where there is none. */
  readonly result: string | null;
}

/** Why a gate that failed says nothing about the server: see loadVerdict. */
function lags({ outcome, findings }: RunResult["run"]): string[] {
  if (outcome !== "fail") return [];
  return findings.filter(isMostlyLag).map(({ text }) => text);
}

/** Builds the record of a run's step. */
export function stepOf(
  step: number,
  load: number,
  verdict: Verdict | null,
  { run, gates }: RunResult,
  file: string,
): LimitStep {
  return {
    step,
    load,
    verdict,
    gates: gates.map(({ expression, actual, limit, unit, verdict }) => ({
      expression,
      actual,
      limit,
      unit,
      verdict,
    })),
    outcome: run.outcome,
    reasons: verdict === "generator" ? [...lags(run), ...run.reasons] : run.reasons,
    result: file,
  };
}
