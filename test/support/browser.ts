import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { isInstalled } from "./programs.ts";

const program = "chromium";

export const hasBrowser = isInstalled(program);
if (!hasBrowser) console.warn(`no tests of the report's page: ${program} is not installed`);

/** A page on the screen, and everything that went wrong on it. */
export interface OpenedPage {
  readonly page: Page;
  /** Errors and warnings that it wrote or threw. */
  readonly complaints: string[];
  /** Everything that it asked for but the file itself. */
  readonly requests: string[];
}

/** A headless Chromium for the tests of a file, closed after them. */
export function useBrowser(): {
  /** @param path of a file, or a URL */
  open(
    path: string,
    options?: { width?: number; colorScheme?: "light" | "dark" },
  ): Promise<OpenedPage>;
} {
  let browser: Browser | undefined;
  beforeAll(async () => {
    // Chromium's own sandbox does not run for root, as whom CI containers run.
    browser = await chromium.launch({
      executablePath: `/usr/bin/${program}`,
      args: ["--no-sandbox"],
    });
  });
  afterAll(() => browser?.close());
  return {
    async open(path, { width = 1280, colorScheme = "light" } = {}) {
      if (browser === undefined) throw new Error("the browser has not been started");
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      onTestFinished(() => page.close());
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on("console", (message) => {
        if (message.type() !== "log") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error.stack)));
      page.on("request", (request) => {
        if (!/^(file|data|blob):/.test(request.url())) requests.push(request.url());
      });
      await page.goto(/^https?:/.test(path) ? path : `file://${path}`);
      await page.locator("footer").waitFor();
      return { page, complaints, requests };
    },
  };
}
