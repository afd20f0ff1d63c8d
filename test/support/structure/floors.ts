/**
 * The floors check: who may import whom under src. Pure over a map of sources, so that its own
 * tests can hand it fake trees.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { importsOf } from "./imports.ts";

/** Path from src, "/" between its parts -> the file's text. */
export type Sources = ReadonlyMap<string, string>;
/** Room -> floor, integer >= 0. */
export type Floors = ReadonlyMap<string, number>;

/**
 * Reads the table under "## The floors": lines such as `      base/   0  errors, units`.
 *
 * @throws Error when the section or its table is missing, or a room stands in it twice
 */
export function parseFloors(markdown: string): Floors {
  const section = /^## The floors$([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(markdown)?.[1];
  if (section === undefined) throw new Error('no section "## The floors"');
  const floors = new Map<string, number>();
  for (const [, room, floor] of section.matchAll(/^ {4,}([\w-]+)\/ +(\d+) +\S/gm)) {
    if (floors.has(room as string))
      throw new Error(`room ${room}/ stands twice in the floors table`);
    floors.set(room as string, Number(floor));
  }
  if (floors.size === 0) throw new Error('no room in the table under "## The floors"');
  return floors;
}

/** Every code file under a folder, with its text. */
export function readSources(folder: string): Sources {
  const sources = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (!/\.[cm]?[jt]sx?$/.test(entry)) continue;
    sources.set(entry.split(sep).join("/"), readFileSync(join(folder, entry), "utf8"));
  }
  return sources;
}

/**
 * Everything that breaks the rule of the floors, a sentence each; empty where it holds.
 *
 * @throws SyntaxError for a file that is not TypeScript
 */
export function checkFloors(sources: Sources, floors: Floors): string[] {
  const problems: string[] = [];
  const graph = new Map<string, string[]>();
  for (const room of floors.keys()) {
    if (![...sources.keys()].some((file) => roomOf(file) === room))
      problems.push(`the floors table names ${room}/, but src has no file in it`);
  }
  for (const [file, text] of sources) {
    const reached: string[] = [];
    graph.set(file, reached);
    if (!floors.has(roomOf(file)))
      problems.push(`${file} is in no room of the floors table: add its room, or move it`);
    for (const { specifier, line } of importsOf(text)) {
      const problem = checkImport(file, specifier, sources, floors);
      if (problem !== null) problems.push(`${file}:${line} ${problem}`);
      if (specifier.startsWith(".")) reached.push(resolve(file, specifier));
    }
  }
  return [...problems, ...circles(graph).map((circle) => `circle: ${circle.join(" -> ")}`)];
}

function checkImport(
  file: string,
  specifier: string,
  sources: Sources,
  floors: Floors,
): string | null {
  if (/^(\/|#|file:|slash8(\/|$))/.test(specifier))
    return `imports "${specifier}": inside the house, only relative paths can be followed`;
  if (!specifier.startsWith(".")) return null;
  const target = resolve(file, specifier);
  if (target.startsWith("../")) return `imports "${specifier}", which lies outside src`;
  if (!sources.has(target)) return `imports "${specifier}", but there is no src/${target}`;
  const [from, to] = [roomOf(file), roomOf(target)];
  const [own, other] = [floors.get(from), floors.get(to)];
  if (from === to || own === undefined || other === undefined || other < own) return null;
  const direction = other === own ? "sideways" : "upward";
  return `imports ${direction}: ${from}/ (floor ${own}) -> ${target} (floor ${other})`;
}

/** A file directly in src has the room "". */
function roomOf(file: string): string {
  const slash = file.indexOf("/");
  return slash < 0 ? "" : file.slice(0, slash);
}

function resolve(file: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(file), specifier));
}

/**
 * The circles of a graph, each as its files with the first one again at the end: one for every
 * edge that leads back to a file still being walked, so none exactly when the graph has none.
 */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const path: string[] = [];
  const done = new Set<string>();
  const walk = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) walk(next);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) walk(file);
  return found;
}
