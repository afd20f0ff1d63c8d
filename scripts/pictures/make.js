/**
 * `npm run pictures`: creates the README's pictures, each from a real run: a terminal's output, and a report.
 * Needs Debian's chromium.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AnsiUp } from "ansi_up";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pictures = join(root, "docs", "pictures");
const program = join(root, "dist", "cli", "main.js");

/** The run that the report shows: a million active connections. */
const reported = join(root, "results", "reference", "tcp-1m-active.json");

/** Text columns of the terminal. */
const columns = 100;

const work = mkdtempSync(join(tmpdir(), "slash8-pictures-"));
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  mkdirSync(pictures, { recursive: true });
  await takeTerminal();
  await takeReport();
} finally {
  await browser.close();
  rmSync(work, { recursive: true });
}

/** The summary of the quick start, as a terminal shows it. */
async function takeTerminal() {
  const command = ["load", "scenarios/quickstart.yaml"];
  const text = slash8([...command, "--out", join(work, "quickstart.json")]);
  const said = text.replace(/^result: .*$/m, "result: results/quickstart.json").trimEnd();
  const page = await browser.newPage({ deviceScaleFactor: 1.5 });
  const prompt = `\x1b[1m$ npm run load -- ${command.slice(1).join(" ")}\x1b[0m\n`;
  await page.setContent(
    `<pre style="margin: 0; padding: 16px; width: ${columns}ch; background: #101418; color: #d8dee4;
      font: 13px/1.4 'DejaVu Sans Mono', monospace">${new AnsiUp().ansi_to_html(prompt + said)}</pre>`,
  );
  await page.locator("pre").screenshot({ path: join(pictures, "terminal.png") });
}

/** The upper part of a report, light and dark. */
async function takeReport() {
  const file = join(work, "report.html");
  slash8(["report", reported, "--out", file]);
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const page = await browser.newPage({ viewport: { width: 1200, height: 1500 }, colorScheme });
    await page.goto(`file://${file}`);
    await page.locator("footer").waitFor();
    await page.screenshot({ path: join(pictures, `report-${colorScheme}.png`) });
  }
}

/**
 * @param {readonly string[]} args
 * @returns {string} standard output
 */
function slash8(args) {
  return execFileSync(process.execPath, [program, ...args], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, FORCE_COLOR: "1", COLUMNS: String(columns) },
  });
}
