/** A table; cells are Markdown. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)];
}

/** Escapes text so that none of it is Markdown; on one line. */
export function inline(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\\`*_{}[\]#|~@]/g, (found) => `&#${found.charCodeAt(0)};`)
    .replaceAll(/\s+/g, " ");
}

/** Text as code within a table, where Markdown removes a backslash before a bar. */
export function code(text: string): string {
  const fence = "`".repeat(
    Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length)) + 1,
  );
  const pad = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${fence}${pad}${text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|")}${pad}${fence}`;
}
