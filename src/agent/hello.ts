import { packageVersion } from "../base/package-file.ts";
import type { Hello } from "./protocol.ts";

/** Raised whenever a message of protocol.ts, a plan or a snapshot changes between two versions of slash8. */
const protocol = 1;

/** What this process speaks. */
export function ownHello(): Hello {
  return { type: "hello", protocol, version: packageVersion() };
}

/**
 * Says why a process that speaks something else cannot be used; null where it speaks the same. Plans and snapshots
 * differ from version to version, so nothing but the same version is the same.
 *
 * @param who "agent 0"
 */
export function refusalOf(who: string, theirs: Hello, ours: Hello): string | null {
  if (theirs.protocol === ours.protocol && theirs.version === ours.version) return null;
  return (
    `${who} is of another version: ${describe(theirs)}, and this is ${describe(ours)}. They would not understand ` +
    "each other's plans and results; install the same version in both places, and do not install while a run starts"
  );
}

function describe({ version, protocol }: Hello): string {
  return `slash8 ${version} (protocol ${protocol})`;
}
