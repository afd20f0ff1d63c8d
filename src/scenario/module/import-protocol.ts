import { pathToFileURL } from "node:url";
import type { Protocol } from "../../protocols/protocol.ts";
import { asProtocol } from "../../protocols/spec.ts";
import { useHooks } from "./use-hooks.ts";

/**
 * The protocol that a module exports, in TypeScript or JavaScript; it runs in this thread.
 *
 * @param path absolute
 * @throws     (rejects with) what the module throws, or a UserError that says what it lacks
 */
export async function importProtocol(path: string): Promise<Protocol> {
  useHooks();
  const exports = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  return asProtocol(await exports.default);
}
