/** So long a text is handed over at once, about. */
const pieceLength = 65_536;

/**
 * Returns what `JSON.stringify(value, null, 2)` does, piece by piece: the whole of a large value is never in memory as one
 * text, and as bytes beside it.
 *
 * @param value   plain data
 * @param prepare changes each part of it before it is written; left out: nothing
 */
export function* jsonPieces(
  value: object,
  prepare: <T>(part: T) => T = (part) => part,
): Generator<string> {
  let text = "";
  for (const part of partsOf(value, "", prepare)) {
    text += part;
    if (text.length < pieceLength) continue;
    yield text;
    text = "";
  }
  yield text;
}

/** Objects are gone through, elements of arrays are written as they are. */
function* partsOf(value: unknown, indent: string, prepare: <T>(part: T) => T): Generator<string> {
  const inner = `${indent}  `;
  if (Array.isArray(value) && value.length > 0) {
    let before = "[\n";
    for (const element of value) {
      yield `${before}${inner}${jsonOf(prepare(element), inner) ?? "null"}`;
      before = ",\n";
    }
    yield `\n${indent}]`;
  } else if (isRecord(value)) {
    let before = "{\n";
    for (const [key, child] of Object.entries(value)) {
      if (jsonKindOf(child) === "left out") continue;
      yield `${before}${inner}${JSON.stringify(prepare(key))}: `;
      yield* partsOf(child, inner, prepare);
      before = ",\n";
    }
    yield before === "{\n" ? "{}" : `\n${indent}}`;
  } else yield jsonOf(prepare(value), indent) ?? "null";
}

function jsonOf(value: unknown, indent: string): string | undefined {
  return JSON.stringify(value, null, 2)?.replaceAll("\n", `\n${indent}`);
}

function isRecord(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !("toJSON" in value)
  );
}

/** What has no JSON is left out of objects. */
function jsonKindOf(value: unknown): "left out" | "written" {
  return ["undefined", "function", "symbol"].includes(typeof value) ? "left out" : "written";
}
