import { z } from "zod";
import { dataFormats, rowOrders } from "../../messages/data/data-set.ts";
import { line, map } from "./values.ts";

export const dataSchema = map("data", {
  file: line.describe("The file with the rows, relative to the scenario's file. At most 1 GiB."),
  format: z
    .enum(dataFormats)
    .optional()
    .meta({
      description:
        "csv (RFC 4180: quotation marks, either kind of line ends, a byte order mark) and tsv, whose first line names the " +
        "columns; jsonl, a JSON object a line; lines, each line a row. Empty lines are left out.",
      byDefault: "by the file's ending: .csv, .tsv, .jsonl, .ndjson, .txt",
    }),
  delimiter: z
    .string()
    .refine((text) => /^[^"\r\n\uFEFF]$/.test(text), 'delimiter is one character, such as ";"')
    .optional()
    .meta({ description: "csv: the character between two cells.", byDefault: "a comma" }),
  columns: z.array(line).min(1).max(10_000).optional().meta({
    description: "csv, tsv: the columns' names, where the first line is a row already.",
    byDefault: "the first line",
  }),
  order: z
    .enum(rowOrders)
    .optional()
    .meta({
      description:
        "Which row a message takes. sequential: the n-th message of the workload, over all connections and workers, takes " +
        "the n-th row, and the first one again after the last. random: any, which follows from the seed. " +
        "oncePerConnection: the n-th connection of the workload takes the n-th row for all its messages.",
      byDefault: "sequential",
    }),
});

export type DataInput = z.output<typeof dataSchema>;
