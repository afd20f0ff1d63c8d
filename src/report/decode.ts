import { decodeHistogram } from "../metrics/hdr-encoding.ts";

/** Buckets of a histogram, and how many samples are in them. */
export type Decoded = ReturnType<typeof decodeHistogram>;

/** So many are kept, and as many from before; some 20 KB each. */
const mostKept = 700;

/** A page asks for a second's histogram more than once, and a live one again at each update. */
let kept = new Map<string, Decoded | null>();
let keptBefore: ReadonlyMap<string, Decoded | null> = new Map();

/** A histogram's buckets; null where it has no samples, or is none that this version reads. */
export function decoded(hdr: string | null | undefined): Decoded | null {
  if (hdr === null || hdr === undefined || hdr === "") return null;
  const known = kept.get(hdr);
  if (known !== undefined) return known;
  if (kept.size >= mostKept) {
    keptBefore = kept;
    kept = new Map();
  }
  const histogram = keptBefore.get(hdr) ?? decode(hdr);
  kept.set(hdr, histogram);
  return histogram;
}

function decode(hdr: string): Decoded | null {
  try {
    const histogram = decodeHistogram(hdr);
    return histogram.count > 0 ? histogram : null;
  } catch {
    // Of a damaged file everything else is still worth showing.
    return null;
  }
}
