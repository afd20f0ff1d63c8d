import { pathToFileURL } from "node:url";
import { UserError } from "../../base/errors.ts";
import { enterUserCode, leaveUserCode, userCodePlace } from "../user-code.ts";
import { type Framer, incomplete, malformed } from "./framer.ts";
import type { Framing } from "./framing.ts";

export interface ModuleSpec {
  readonly kind: "module";
  /** Absolute path of a user's module (.js, .mjs, .cjs) whose default export is `(slots) => Framer`. */
  readonly path: string;
}

export const moduleFraming: Framing<ModuleSpec, string> = {
  form: "{ module: path }",
  example: "{ module: ./framing.js }",
  alone: null,
  inMap: {
    description:
      "A module of your own (.js or .mjs) whose default export is (slots) => Framer; the path is " +
      "relative to the scenario's file.",
    schema: ({ line }) => line,
    normalise(path, place) {
      if (!/\.[cm]?js$/.test(path)) {
        const shown = place.shownPath(path);
        throw new UserError(
          `${shown}: a module is a .js, .mjs or .cjs file; compile TypeScript first`,
        );
      }
      return { kind: "module", path: place.filePath(path) };
    },
  },
  create: ({ path }, slots) => loadFramer(path, slots),
};

/**
 * Loads a framer from a user's module, for protocols that slash8 does not know.
 *
 * Its default export is called with the number of slots and returns an object with the two methods
 * of `Framer`, where -1 says "incomplete" and -2 "malformed". What `scan` returns is checked at
 * every call: an index that does not advance would hang the worker.
 *
 * @param path absolute path of a .js, .mjs or .cjs file
 * @throws     (rejects with) UserError: no such file, does not load, or is not of that shape; later,
 *             from `scan`: an invalid return value
 */
export async function loadFramer(path: string, slots: number): Promise<Framer> {
  const here = userCodePlace();
  enterUserCode(here);
  const framer = callFactory(path, await loadFactory(path), slots);
  leaveUserCode();
  return {
    scan(slot, bytes, start, end) {
      enterUserCode(here);
      const next = framer.scan(slot, bytes, start, end);
      leaveUserCode();
      const isIndex = Number.isInteger(next) && next > start && next <= end;
      if (isIndex || next === incomplete || next === malformed) return next;
      throw new UserError(
        `framing module ${path}: scan(slot, bytes, ${start}, ${end}) returned ${next}; ` +
          `return the index after the message (${start + 1} to ${end}), -1 (incomplete) or -2 (malformed)`,
      );
    },
    reset(slot) {
      enterUserCode(here);
      framer.reset(slot);
      leaveUserCode();
    },
  };
}

interface Exports {
  readonly default?: unknown;
}

async function loadFactory(path: string): Promise<(slots: number) => unknown> {
  let loaded: Exports;
  try {
    loaded = await import(pathToFileURL(path).href);
  } catch (error) {
    throw new UserError(`framing module ${path} does not load: ${reason(error)}`);
  }
  // In a CommonJS file compiled from a module, the default export is the object of all exports.
  const exported = loaded.default;
  const found = isObject(exported) ? (exported as Exports).default : exported;
  if (typeof found !== "function") {
    throw new UserError(
      `framing module ${path} has no function as its default export; write: ` +
        "export default (slots) => ({ scan(slot, bytes, start, end) { ... }, reset(slot) { ... } })",
    );
  }
  return found as (slots: number) => unknown;
}

function callFactory(path: string, factory: (slots: number) => unknown, slots: number): Framer {
  let framer: unknown;
  try {
    framer = factory(slots);
  } catch (error) {
    throw new UserError(`framing module ${path}: its default export threw: ${reason(error)}`);
  }
  const missing = ["scan", "reset"].filter(
    (method) => !isObject(framer) || typeof framer[method] !== "function",
  );
  if (missing.length > 0) {
    throw new UserError(
      `framing module ${path}: its default export did not return an object with ${missing.join("() and ")}()`,
    );
  }
  return framer as Framer;
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
