/** The runs that are made of a scenario until one has a verdict (`load --retries`). */
export interface Attempt {
  /** Of this run, from 1. */
  readonly number: number;
  /** Runs at most. */
  readonly of: number;
}

/** What to do about a run that something disturbed. @param attempt null: it is made once */
export function runAgain(attempt: Attempt | null): string {
  if (attempt === null) return "run it again, as load --retries 3 does";
  const { number, of } = attempt;
  if (number < of) return "it is made again, as --retries asks for";
  return `${of} runs (--retries ${of - 1}) were no better: run it when this machine has less to do, or on one that has`;
}
