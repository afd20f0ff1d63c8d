import type { ErrorCount } from "../../metrics/snapshot.ts";

/** Counts errors as gates do. Those during warm-up are acceptable; all other phases must be without errors. */
export function countErrors<Error extends Pick<ErrorCount, "phase" | "count">>(
  errors: readonly Error[],
  isCounted: (error: Error) => boolean = () => true,
): number {
  return errors
    .filter((error) => error.phase !== "warmUp" && isCounted(error))
    .reduce((sum, { count }) => sum + count, 0);
}
