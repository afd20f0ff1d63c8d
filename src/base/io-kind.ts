/**
 * The ways to the sockets by their names in scenarios, options and results. `io/backends.ts` says what each
 * of them is; the names stand here, as scenarios and results know no more of them.
 */
export const ioKinds = ["node", "uring"] as const;

export type IoKind = (typeof ioKinds)[number];

/** `--io`, and `io:` in a scenario: "auto" takes the fast way where it can be used. */
export const ioChoices = ["auto", ...ioKinds] as const;

export type IoChoice = (typeof ioChoices)[number];
