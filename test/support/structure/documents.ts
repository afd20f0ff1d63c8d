/**
 * The check of the documents: what they point at must be there. Pure over lists of paths and texts, so that its own
 * tests can hand it fake documents.
 */
import { posix } from "node:path";

/** Path from the repository's root -> the document's text. */
export type Documents = ReadonlyMap<string, string>;

/** Links that lead nowhere, a sentence each: relative paths, and the headings after a "#". */
export function checkLinks(documents: Documents, files: readonly string[]): string[] {
  const places = withFolders(files);
  return found(documents, (content, file) =>
    linksIn(content).flatMap((target) => {
      if (/^[a-z]+:/i.test(target)) return [];
      const [path = "", anchor] = target.split("#");
      const place = path === "" ? file : posix.join(posix.dirname(file), path).replace(/\/$/, "");
      if (!places.has(place)) return [`links to ${target}: there is no ${place}`];
      const isThere = anchor === undefined || anchorsOf(documents.get(place) ?? "").has(anchor);
      return isThere ? [] : [`links to ${target}: ${place} has no such heading`];
    }),
  );
}

/**
 * Paths that are named in a text and are not there, a sentence each. From the root: `scenarios/x.yaml`, `src/io/`.
 * Code is also named from within src or a room, as in `io/io.ts` or `io.ts`, and folders as in `io/uring/`.
 */
export function checkPaths(documents: Documents, files: readonly string[]): string[] {
  const places = withFolders(files);
  const code = files.filter((file) => /^(src|test|scripts)\/|\.config\.ts$/.test(file));
  const folders = [...places];
  const endsWith = (all: readonly string[], path: string) =>
    all.some((one) => one === path || one.endsWith(`/${path}`));
  return found(documents, (content) => [
    ...rootedIn(content)
      .filter((path) => !places.has(path))
      .map((path) => `names ${path}, which is not there`),
    ...codeIn(content)
      .filter((path) => !endsWith(code, path))
      .map((path) => `names ${path}: no such code`),
    ...foldersIn(content)
      .filter((path) => !endsWith(folders, path))
      .map((path) => `names ${path}/: no such folder`),
  ]);
}

/** The fragments by which GitHub links to the headings of a document. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading as string);
  const seen = new Map<string, number>();
  return new Set(
    headings.map((heading) => {
      const anchor = heading
        .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replace(/\s/g, "-");
      const before = seen.get(anchor) ?? 0;
      seen.set(anchor, before + 1);
      return before === 0 ? anchor : `${anchor}-${before}`;
    }),
  );
}

function found(
  documents: Documents,
  problemsOf: (content: string, file: string) => readonly string[],
): string[] {
  return [...documents].flatMap(([file, text]) =>
    text
      .split("\n")
      .flatMap((content, index) =>
        problemsOf(content, file).map((problem) => `${file}:${index + 1} ${problem}`),
      ),
  );
}

/** Targets of Markdown's links and of HTML's; what stands in `code` is not a link. */
function linksIn(content: string): string[] {
  const pattern = /\]\(([^()\s]+)\)|(?:src|srcset|href)="([^"]+)"/g;
  return [...content.replace(/`[^`]*`/g, "").matchAll(pattern)].map(
    ([, inText, inTag]) => (inText ?? inTag) as string,
  );
}

/** Paths from the root. Those with a placeholder (`x/*.ts`, `NAME.json`, `{a,b}`) do not name one file. */
function rootedIn(content: string): string[] {
  const pattern =
    /(?<![\w./~-])(?:src|test|scripts|scenarios|schema|docs|\.github|results\/(?:reference|bench))\/[\w./*{},<>-]*/g;
  return [...content.matchAll(pattern)]
    .map(([path]) => path.replace(/[.,/]+$/, ""))
    .filter((path) => !/[*{<>]|NAME|NNNN/.test(path));
}

/** TypeScript files that are not named from the root. */
function codeIn(content: string): string[] {
  return [...content.matchAll(/(?<![\w./*{},<>-])[\w./-]+\.ts\b/g)]
    .map(([path]) => path)
    .filter((path) => !/^(src|test|scripts)\//.test(path));
}

/** Folders in `code`, not named from the root. */
function foldersIn(content: string): string[] {
  return [...content.matchAll(/`((?:[a-z][\w-]*\/)+)`/g)]
    .map(([, path]) => (path as string).slice(0, -1))
    .filter((path) => !/^(src|test|scripts|scenarios|schema|docs|results|dist)(\/|$)/.test(path));
}

/** The files, and every folder that one of them is in. */
function withFolders(files: readonly string[]): ReadonlySet<string> {
  const places = new Set<string>(["."]);
  for (const file of files) {
    for (let place = file; place !== "."; place = posix.dirname(place)) places.add(place);
  }
  return places;
}
