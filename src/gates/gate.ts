import { UserError } from "../base/errors.ts";
import type { Kind, MetricRef } from "./metric.ts";

export const operators = ["<", "<=", ">", ">=", "==", "!="] as const;
export type Operator = (typeof operators)[number];

/** A number of the run: a metric, or the quotient of two metrics of one kind, which is a ratio. */
export interface Operand {
  readonly metric: MetricRef;
  readonly dividedBy: MetricRef | null;
}

/** A parsed gate; plain data. */
export interface Gate {
  readonly expression: string;
  readonly left: Operand;
  readonly operator: Operator;
  /**
   * A number in the kind's unit; another operand times a factor; or the left side in the baseline times a
   * factor, with the offset of the word in the expression.
   */
  readonly right:
    | { readonly value: number }
    | { readonly factor: number; readonly operand: Operand }
    | { readonly factor: number; readonly baselineOffset: number };
  readonly kind: Kind;
  /** Length of the windows, each of which must pass, ns; null: judged once over steady state. */
  readonly windowNs: number | null;
}

/** Returns whether a gate's limit comes from earlier results. */
export function comparesWithBaseline({ right }: Pick<Gate, "right">): boolean {
  return "baselineOffset" in right;
}

/** Returns all metrics that a gate uses. */
export function metricsOf({ left, right }: Pick<Gate, "left" | "right">): MetricRef[] {
  const operands = "operand" in right ? [left, right.operand] : [left];
  return operands.flatMap(({ metric, dividedBy }) =>
    dividedBy === null ? [metric] : [metric, dividedBy],
  );
}

/** An error in a gate, with its place in the text. */
export class GateError extends UserError {
  /** Offset in the expression, from 0. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "GateError";
    this.offset = offset;
  }
}
