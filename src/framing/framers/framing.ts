import type { z } from "zod";
import type { Framer } from "./framer.ts";

/** The longest reply that a scenario may allow, and the longest where it does not say. */
export const largestReply = 1024 * 1024 * 1024;
export const defaultMaxBytes = 16 * 1024 * 1024;

/** What framers need to know about the traffic. */
export interface FramerContext {
  /** Length in bytes of the slot's oldest message without a complete reply, 0 for none (`echo`). */
  readonly requestLength: (slot: number) => number;
  /**
   * The bytes that every message of the workload starts with: all of it, or what stands before the first
   * placeholder; empty where nothing is known of them (`http`).
   */
  readonly requestStart: Uint8Array;
}

/**
 * Everything about one framing: its syntax in a scenario, its spec and its framer. The key in YAML and the
 * `kind` of its spec are its name in `framings`.
 *
 * @template Spec  plain data, sent to the workers
 * @template Value what the schema makes of the YAML
 */
export interface Framing<Spec extends { readonly kind: string }, Value> {
  /** Its syntax, for messages: "http", "{ fixed: 64 }". */
  readonly form: string;
  /** An example to copy, for messages: "{ fixed: 64 }". */
  readonly example: string;
  /** What the name alone means, as in `framing: echo`; null where it needs a value. */
  readonly alone: Spec | null;
  /** `framing: { NAME: value }`; null where there is only the name. */
  readonly inMap: FramingValue<Spec, Value> | null;
  /** The framer, with state for slots 0 to `slots - 1`. */
  create(spec: Spec, slots: number, context: FramerContext): Framer;
}

export interface FramingValue<Spec, Value> {
  /** For editors. */
  readonly description: string;
  schema(kit: SchemaKit): z.ZodType<Value>;
  /**
   * @returns null where something is wrong that has been reported
   * @throws  UserError, which is reported at the value
   */
  normalise(value: Value, place: Place): Spec | null;
}

/**
 * What schemas are made of. It is passed in because workers load the framers, and zod would cost each of them
 * 13 MB and 100 ms.
 */
export interface SchemaKit {
  readonly z: typeof z;
  /** A size in bytes, least to most. */
  size(leastBytes: number, mostBytes: number): z.ZodType<number>;
  count(least: number, most: number): z.ZodType<number>;
  /** A text that a path may be. */
  readonly line: z.ZodType<string>;
  /** A map with these keys and no others; `kind` names it in messages and is unique. */
  map<S extends z.core.$ZodShape>(kind: string, shape: S): z.ZodObject<S, z.core.$strict>;
  /** Keys of a map that gives bytes, exactly one of them. */
  readonly bytesKeys: Readonly<Record<"text" | "hex" | "base64", z.ZodOptional<z.ZodType<string>>>>;
}

/** Where in a scenario a value stands. */
export interface Place {
  /** The key of a map that takes exactly one; null where it has none or several, which is reported. */
  soleKey(map: Readonly<Record<string, unknown>>, known: readonly string[]): string | null;
  /** A path given here, relative to the scenario's file, as messages show it. */
  shownPath(path: string): string;
  /**
   * The absolute path of a file given here.
   *
   * @throws UserError with the path as it is shown, where it is not a regular file
   */
  filePath(path: string): string;
}

/** `maxSize`, for framings whose replies vary in length. */
export function maxSize({ size }: SchemaKit, description: string) {
  return size(1, largestReply).optional().meta({ description, byDefault: "16MiB" });
}
