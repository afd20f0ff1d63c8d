import { describe, expect, test } from "vitest";
import { buildPageModel } from "../../src/report/build-model.ts";
import { renderPage } from "../../src/report/render-page.ts";
import { sample } from "./samples.ts";

const assets = { script: "let a = 1;", style: "p{}" };

describe("the page's text", () => {
  const model = buildPageModel([{ label: "</script><script>alert(1)</script>", result: sample() }]);
  const page = renderPage({ ...model, title: "<b>&amp;</b>" }, assets);

  test("has the model as JSON without markup, which parses to the same model", () => {
    const json =
      /<script type="application\/json" id="model">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
    expect(json).not.toMatch(/[<>&]/);
    expect(JSON.parse(json).runs).toEqual(model.runs);
  });

  test("escapes its title", () => {
    expect(page).toContain("<title>&lt;b>&amp;amp;&lt;/b></title>");
  });

  test("lets only its own script run, and makes no requests", () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1];
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; img-src data:$/,
    );
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page).not.toMatch(/(src|href)="?(https?:)?\/\//);
  });
});
