import { resolve } from "node:path";
import { UserError } from "../../base/errors.ts";
import type { Place } from "../../framing/framers/framing.ts";
import type { FramingSpec } from "../../framing/framers/specs.ts";
import { type AnyFraming, framings } from "../../framing/framings.ts";
import type { FramingInput } from "../schema/message.ts";
import { keysOf } from "../schema/values.ts";
import type { Diagnostics } from "../source/diagnostics.ts";
import { besideFile } from "../source/include.ts";
import { checkUserFile } from "../source/source-file.ts";
import type { Path } from "../source/tree.ts";
import { attempt, type NormaliseContext, soleKey } from "./context.ts";

/** @returns null where the framing is wrong, which is reported */
export function normaliseFraming(
  input: FramingInput,
  path: Path,
  { diagnostics }: NormaliseContext,
): FramingSpec | null {
  const known: Readonly<Record<string, AnyFraming>> = framings;
  if (typeof input === "string") return known[input]?.alone ?? null;
  const key = soleKey(diagnostics, path, input, keysOf("a framing"));
  if (key === null) return null;
  const inner = [...path, key];
  return attempt(
    diagnostics,
    inner,
    () => known[key]?.inMap?.normalise(input[key], placeAt(diagnostics, inner)) ?? null,
  );
}

function placeAt(diagnostics: Diagnostics, path: Path): Place {
  const shownPath = (file: string) => besideFile(file, diagnostics.at(path).file);
  return {
    soleKey: (map, known) => soleKey(diagnostics, path, map, known),
    shownPath,
    filePath(file) {
      const shown = shownPath(file);
      try {
        checkUserFile(resolve(shown));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        throw new UserError(`${shown}: ${error.message}`);
      }
      return resolve(shown);
    },
  };
}
