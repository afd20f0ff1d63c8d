import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exitStatus, UserError } from "../../base/errors.ts";
import { makeFolders } from "../../base/files/make-folders.ts";
import { whyNotWritten } from "../../base/files/writing.ts";
import { profileMark, type WiresharkProfile } from "./wireshark-profile.ts";

/**
 * Writes a profile into a folder, which is created if it does not exist.
 *
 * @returns the paths written
 * @throws  UserError where the folder contains preferences that slash8 did not write, or cannot be written
 */
export function writeProfile(profile: WiresharkProfile, folder: string): string[] {
  try {
    // The format of cfilters has no comments, so it has no mark.
    const marked = [...profile.keys()].filter((name) => name !== "cfilters");
    const foreign = marked.find((name) => isForeign(join(folder, name)));
    if (foreign !== undefined) {
      throw new UserError(
        `--wireshark ${folder}: it contains a "${foreign}" that slash8 did not write and will not overwrite; name a new folder, ` +
          "such as ~/.config/wireshark/profiles/slash8",
      );
    }
    makeFolders(folder);
    return [...profile].map(([name, text]) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    const why = whyNotWritten(join(folder, "preferences"), error);
    throw new UserError(`--wireshark ${folder}: ${why}`, exitStatus.internal);
  }
}

/** Whether a file exists that does not start as our files do. */
function isForeign(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  return !found.isFile() || !readFileSync(path, "utf8").startsWith(profileMark);
}
