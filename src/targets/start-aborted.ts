import { exitStatus, UserError } from "../base/errors.ts";

/** The user's Ctrl-C while a server starts. */
export interface StartAborted {
  /** Rejects with a UserError (exit 130) when the signal is given; never settles otherwise. */
  readonly promise: Promise<never>;
  /** Stops listening to the signal; must be called, as a signal outlives a start. */
  release(): void;
}

/** @param signal given at Ctrl-C; null: never */
export function startAborted(signal: AbortSignal | null): StartAborted {
  let listener = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    listener = () =>
      reject(new UserError("interrupted while the servers started", exitStatus.interrupted));
    if (signal?.aborted) listener();
    else signal?.addEventListener("abort", listener, { once: true });
  });
  // Whoever awaits the promise sees the rejection; nothing else needs to handle it.
  promise.catch(() => {});
  return { promise, release: () => signal?.removeEventListener("abort", listener) };
}
