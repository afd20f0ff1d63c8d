/** What the shapes of results are made of. */
import { z } from "zod";
import { decodeHistogram } from "../../metrics/hdr-encoding.ts";
import { histogramOf } from "../../metrics/histogram.ts";
import { noCounts } from "../../metrics/sparse-counts.ts";

export const { looseObject: object, array } = z;
export const text = z.string();
/** One of several words; which is not checked, as later versions may have more. */
export const word = <Word extends string>() =>
  z.custom<Word>((value) => typeof value === "string", "expected a text").meta({ type: "string" });
export const number = z.number();
export const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
export const known = count.nullable();
export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isCounts = (value: unknown) =>
  isMap(value) &&
  Object.values(value).every(
    (counts) => isMap(counts) && Object.values(counts).every((found) => typeof found === "number"),
  );

/** In a JSON Schema, where zod cannot know what is checked. */
export const mapOf = (values: object) => ({ type: "object", additionalProperties: values });

export const nothing = <S extends z.ZodType>(schema: S) => schema.nullable().default(null as never);
/** Times of the timeline: a page has a place for each second, so that there must be an end to them. */
export const atMs = z.number().min(0).max(1e10);

export const encoded = text.superRefine((hdr, context) => {
  try {
    decodeHistogram(hdr);
  } catch (error) {
    context.addIssue(`not an HdrHistogram: ${(error as Error).message}`);
  }
});

export const histogram = object({
  unit: z.literal("ns"),
  count,
  censored: count.default(0),
  min: known,
  max: known,
  mean: known,
  stdDev: known,
  percentiles: object({
    "50": known,
    "90": known,
    "95": known,
    "99": known,
    "99.9": known,
    "99.99": known,
  }),
  hdr: encoded,
})
  .superRefine((value, context) => {
    const found = histogramCount(value.hdr);
    if (found !== null && found !== value.count) {
      context.addIssue({ code: "custom", path: ["hdr"], message: `has ${found} samples` });
    }
  })
  .meta({ id: "Histogram" });

/** What earlier versions did not measure. */
export const notMeasured = histogram.default(() => ({ ...histogramOf(noCounts) }));

/** Null where it cannot be decoded, which has been noted. */
function histogramCount(hdr: string): number | null {
  try {
    return decodeHistogram(hdr).count;
  } catch {
    return null;
  }
}
