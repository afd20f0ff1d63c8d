import { UserError } from "../base/errors.ts";
import type { Kind, MetricRef } from "./metric.ts";

export const operators = ["<", "<=", ">", ">=", "==", "!="] as const;
export type Operator = (typeof operators)[number];

/** A number of the run: a metric, or the quotient of two of one kind, which is a ratio. */
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
   * A number in the kind's unit; another operand times a factor; or the left side as it was in the
   * baseline, times a factor, and where in the expression it says so.
   */
  readonly right:
    | { readonly value: number }
    | { readonly factor: number; readonly operand: Operand }
    | { readonly factor: number; readonly baselineOffset: number };
  readonly kind: Kind;
  /** Length of the windows that must hold each, ns; null: once for the whole of steady state. */
  readonly windowNs: number | null;
}

/** Whether a gate's limit comes from earlier results. */
export function comparesWithBaseline({ right }: Pick<Gate, "right">): boolean {
  return "baselineOffset" in right;
}

/** All the metrics that a gate asks for. */
export function metricsOf({ left, right }: Pick<Gate, "left" | "right">): MetricRef[] {
  const operands = "operand" in right ? [left, right.operand] : [left];
  return operands.flatMap(({ metric, dividedBy }) =>
    dividedBy === null ? [metric] : [metric, dividedBy],
  );
}

/** A gate that cannot be understood, and where in its text. */
export class GateError extends UserError {
  /** Offset in the expression, from 0. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "GateError";
    this.offset = offset;
  }
}
