import { placeholdersOf } from "../at-placeholders.ts";
import type { AtGate } from "../scenario.ts";
import { oneAtSchema } from "../schema/at.ts";
import type { Path } from "../source/tree.ts";
import { itemsOf, type NormaliseContext } from "./context.ts";

const timeoutByDefaultNs = 30e9;
const mostOutputByDefault = 2 ** 20;

/** The commands at gates that could be read; what is wrong with them, and not with their shape, is reported. */
export function normaliseAt(at: unknown, context: NormaliseContext): readonly AtGate[] {
  const { diagnostics } = context;
  if (at === undefined) return [];
  return itemsOf<unknown>(at, ["at"]).flatMap(([given, path]) => {
    const parsed = oneAtSchema.safeParse(given);
    if (!parsed.success || diagnostics.isUnread(path)) return [];
    const { gate, run, timeout, maxOutput, file } = parsed.data;
    checkPlaceholders(run, [...path, "run"], context);
    return [
      {
        expression: gate,
        position: diagnostics.at([...path, "gate"]),
        run,
        runPosition: diagnostics.at([...path, "run"]),
        directory: context.directory,
        timeoutNs: timeout ?? timeoutByDefaultNs,
        maxOutputBytes: maxOutput ?? mostOutputByDefault,
        file: file ?? null,
      },
    ];
  });
}

function checkPlaceholders(run: string, path: Path, { diagnostics }: NormaliseContext): void {
  for (const { text, server } of placeholdersOf(run)) {
    if (server !== undefined) continue;
    diagnostics.value(
      path,
      `${text} is not a placeholder of a command at a gate: write {{server.pid}} or {{servers.NAME.pid}}`,
    );
  }
}
