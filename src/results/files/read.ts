import { readFileSync } from "node:fs";
import type { z } from "zod";
import { fileError, UserError } from "../../base/errors.ts";
import { printable, printableData } from "../../base/printable.ts";
import { type RunResult, schemaVersion } from "../result.ts";
import type { SeriesResult } from "../series/series.ts";
import { resultSchema } from "./schema.ts";
import { upgradeResult } from "./upgrade.ts";

/**
 * Reads a result file.
 *
 * @throws UserError where the file cannot be read, or is not a result of a schema that this version knows
 */
export function readResult(path: string): RunResult {
  return resultOf(path, readJson(path));
}

/** @throws UserError where the file cannot be read, or is not JSON */
export function readJson(path: string): unknown {
  return parse(path, read(path));
}

/** @throws UserError where the value is not a result of a schema that this version knows */
export function resultOf(path: string, value: unknown): RunResult {
  if (!isResult(value)) {
    const hint = isSeries(value)
      ? "this is the summary of a series: name one of its runs"
      : 'name a file that "slash8 load" wrote';
    throw fileError(`${path} is not a result of slash8: ${hint}`);
  }
  const result = upgradeResult(value as unknown as Readonly<Record<string, unknown>>);
  if (result.schemaVersion !== schemaVersion) {
    const { name = "slash8", version = "?" } = value.tool ?? {};
    throw fileError(
      printable(
        `${path} has schema version ${value.schemaVersion}, written by ${name} ${version}; this version reads 1 to ${schemaVersion}`,
      ),
    );
  }
  const checked = resultSchema.safeParse(result);
  if (!checked.success) throw damaged(path, checked.error.issues);
  return printableData<RunResult>(checked.data);
}

/** Names the first place, as a program would: workloads.chat.timeline[3].sent. */
function damaged(path: string, issues: readonly z.core.$ZodIssue[]): UserError {
  const [first] = issues;
  const place = (first?.path ?? []).map((part) =>
    typeof part === "number" ? `[${part}]` : `.${String(part)}`,
  );
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return fileError(
    printable(
      `${path}: ${place.join("").replace(/^\./, "")}: ${first?.message}${more}; the file is damaged, or another program wrote it`,
    ),
  );
}

/**
 * Has results read further: what stands in their `scenario.resolved`, say, is not checked when they are read.
 *
 * @throws UserError in place of an exception that a damaged result has caused
 */
export function reading<T>(paths: readonly string[], read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw fileError(
      printable(
        `${paths.join(", ")} cannot be read: ${reason}; the file is damaged, or another program wrote it. ` +
          "If slash8 wrote it and nothing has changed it, please report this with the file",
      ),
    );
  }
}

/** Whether the value is the summary of a series. */
export function isSeries(value: unknown): value is SeriesResult {
  if (typeof value !== "object" || value === null) return false;
  const { kind, runs } = value as { readonly kind?: unknown; readonly runs?: unknown };
  return (
    kind === "series" && Array.isArray(runs) && runs.every((run) => typeof run?.file === "string")
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : message;
    throw fileError(`the result ${path} cannot be read: ${why}`);
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fileError(printable(`the result ${path} is not JSON: ${(error as Error).message}`));
  }
}

/** Checks only the outermost parts; the rest is trusted to be as slash8 wrote it. */
function isResult(value: unknown): value is RunResult {
  if (typeof value !== "object" || value === null) return false;
  const parts = value as Readonly<Record<string, unknown>>;
  const isObject = (name: string) => typeof parts[name] === "object" && parts[name] !== null;
  return (
    typeof parts.schemaVersion === "number" &&
    ["scenario", "host", "run", "workloads", "servers"].every(isObject) &&
    Array.isArray(parts.gates)
  );
}
