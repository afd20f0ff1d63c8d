import * as nodeModule from "node:module";
import { packageFile } from "../../base/package-file.ts";
import * as hooks from "./hooks.ts";

let isUsed = false;

/** Has this thread read modules as hooks.ts says. */
export function useHooks(): void {
  if (isUsed) return;
  isUsed = true;
  // Node 22.15 and newer call hooks in this thread, older ones in one of their own.
  const { registerHooks } = nodeModule as { registerHooks?: (given: typeof hooks) => void };
  if (registerHooks !== undefined) registerHooks(hooks);
  else nodeModule.register(packageFile("dist/scenario/module/hooks.js"));
}
