import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadData } from "../../src/agent/load-data.ts";
import { UserError } from "../../src/base/errors.ts";
import type { DataSpec } from "../../src/messages/data/data-set.ts";
import { loadRows } from "../../src/messages/data/load-rows.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const file = join(makeTempDir(), "users.csv");

function specOf(changes: Partial<DataSpec> = {}): DataSpec {
  writeFileSync(file, "name,id\nJo,1\nBo,2\n");
  const source = { file, format: "csv", delimiter: ",", header: null } as const;
  const { rows, sha256 } = loadRows(source, null);
  const { count } = rows;
  return {
    ...source,
    name: "users",
    order: "random",
    columns: ["id"],
    rows: count,
    bytes: 10,
    sha256,
    ...changes,
  };
}

it("reads the columns that messages use, and no data that none uses", async () => {
  const sets = await loadData([specOf(), specOf({ name: "others", columns: [] })]);
  expect(sets).toMatchObject([
    { name: "users", format: "csv", order: "random", rows: { columns: ["id"], count: 2 } },
  ]);
  expect(Buffer.from(sets[0]?.rows.bytes ?? new ArrayBuffer()).toString("utf8", 0, 2)).toBe("12");
});

it("refuses a file that has changed, or is not there any more", async () => {
  const spec = specOf();
  writeFileSync(file, "name,id\nJo,1\n");
  await expect(loadData([spec])).rejects.toThrow(UserError);
  await expect(loadData([spec])).rejects.toThrow(
    `${file}: this has changed since the run was planned`,
  );
  await expect(loadData([{ ...spec, file: `${file}.no` }])).rejects.toThrow(
    "there is no such file",
  );
});
