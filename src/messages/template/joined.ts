import { emptyKey, type MessageKey } from "../message.ts";
import { constantValue, type Value, type Write } from "./value.ts";

/** For what is always the same, which reads nothing of it. */
export const unread: MessageKey = emptyKey();

/** Values one after the other, as one text. Those that are always the same are written once and for all. */
export function joined(values: readonly Value[]): Value {
  const parts = merged(values);
  const [only] = parts;
  if (only === undefined) return constantValue(Buffer.alloc(0));
  if (parts.length === 1) return only;
  const sum = (of: "minBytes" | "maxBytes") => parts.reduce((all, part) => all + part[of], 0);
  const varies = parts.some((part) => part.varies === "byMessage") ? "byMessage" : "byConnection";
  return {
    kind: "text",
    minBytes: sum("minBytes"),
    maxBytes: sum("maxBytes"),
    varies,
    isDistinct: isDistinct(parts),
    number: null,
    write: inOrder(parts.map(({ write }) => write)),
  };
}

function inOrder(writes: readonly Write[]): Write {
  const count = writes.length;
  return (into, at, key) => {
    let end = at;
    for (let i = 0; i < count; i++) end = (writes[i] as Write)(into, end, key);
    return end;
  };
}

/** Neighbours that are always the same become one. */
function merged(values: readonly Value[]): Value[] {
  const parts: Value[] = [];
  let constant: Buffer[] = [];
  const flush = () => {
    const bytes = Buffer.concat(constant);
    if (bytes.length > 0) parts.push(constantValue(bytes));
    constant = [];
  };
  for (const value of values) {
    if (value.varies === "never") constant.push(constantBytes(value));
    else {
      flush();
      parts.push(value);
    }
  }
  flush();
  return parts;
}

/** The bytes of what is always the same. */
export function constantBytes(value: Value): Buffer {
  const bytes = Buffer.alloc(value.maxBytes);
  return bytes.subarray(0, value.write(bytes, 0, unread));
}

/**
 * Whether no two messages of a connection are the same: one of the parts never repeats, always begins at the same place,
 * and nothing that follows can be taken for its end.
 */
function isDistinct(parts: readonly Value[]): boolean {
  for (const [index, part] of parts.entries()) {
    if (part.isDistinct && hasClearEnd(part, parts.slice(index + 1))) return true;
    if (part.varies === "byMessage" && part.minBytes !== part.maxBytes) return false;
  }
  return false;
}

function hasClearEnd(part: Value, rest: readonly Value[]): boolean {
  if (part.minBytes === part.maxBytes) return true;
  if (rest.every(({ varies }) => varies !== "byMessage")) return true;
  const [next] = rest;
  if (part.kind === "text" || next?.varies !== "never") return false;
  return !/^[0-9a-f]/i.test(constantBytes(next).toString("latin1"));
}
