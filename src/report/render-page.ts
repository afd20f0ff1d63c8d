import { createHash } from "node:crypto";
import type { PageModel } from "./model.ts";
import type { PageAssets } from "./page-assets.ts";

/** Characters that end a script element, or start a comment in it, wherever they occur. */
const escapes: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
};

/**
 * Renders one self-contained HTML file: the model as JSON, and the script and styles that show it.
 *
 * The model's texts are never markup: they are in the page as JSON without "<", and the script makes text
 * nodes of them. The page's policy allows only that script, and no requests except for the events of a
 * page that is served live.
 *
 * @param events path of the server-sent events that update it (page/follow.ts); null: none
 * @see "Content Security Policy Level 3", hash sources
 */
export function renderPage(
  model: PageModel,
  { script, style }: PageAssets,
  events: string | null = null,
): string {
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "img-src data:",
    ...(events === null ? [] : ["connect-src 'self'"]),
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeText(model.title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
${events === null ? "" : '<p id="live" role="status"></p>\n'}<main id="report"${events === null ? "" : ` data-events="${escapeText(events)}"`}><noscript>This report is drawn by the script in it: allow scripts to see it.</noscript></main>
<script type="application/json" id="model">${inlineJson(model)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** JSON that is safe inside a script element: nothing in it is markup. */
function inlineJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[<>&]/g, (found) => escapes[found] as string);
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
