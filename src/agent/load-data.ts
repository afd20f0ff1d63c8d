import { UserError } from "../base/errors.ts";
import type { DataSet, DataSpec } from "../messages/data/data-set.ts";
import { loadRowsInPieces } from "../messages/data/load-rows.ts";

/**
 * Reads the rows that an agent's workers take messages from, once for all of them: only the columns that are used.
 *
 * @throws (rejects with) UserError: a file cannot be read any more, or is another than the one that was checked
 */
export async function loadData(specs: readonly DataSpec[]): Promise<readonly DataSet[]> {
  const sets: DataSet[] = [];
  for (const spec of specs) {
    const { name, file, format, order, columns } = spec;
    // Not used by any message.
    if (columns.length === 0) continue;
    try {
      const { rows, sha256 } = await loadRowsInPieces(spec, columns);
      if (sha256 !== spec.sha256) throw new UserError("this has changed since the run was planned");
      sets.push({ name, format, order, rows });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`${file}: ${error.message}`);
    }
  }
  return sets;
}
