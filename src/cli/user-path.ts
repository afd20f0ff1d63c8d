import { relative } from "node:path";

/** A path for people: relative to the working directory where it lies below. */
export function pathForUser(path: string): string {
  const below = relative(process.cwd(), path);
  return below === "" || below.startsWith("..") ? path : below;
}
