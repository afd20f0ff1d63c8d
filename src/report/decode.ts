import { decodeHistogram } from "../metrics/hdr-encoding.ts";

/** Buckets of a histogram, and how many samples are in them. */
export type Decoded = ReturnType<typeof decodeHistogram>;

/** A histogram's buckets; null where it has no samples, or is none that this version reads. */
export function decoded(hdr: string | null | undefined): Decoded | null {
  if (hdr === null || hdr === undefined || hdr === "") return null;
  try {
    const histogram = decodeHistogram(hdr);
    return histogram.count > 0 ? histogram : null;
  } catch {
    // Of a damaged file everything else is still worth showing.
    return null;
  }
}
