/** TypeScript of the documents, to be compiled and run. */

/** The blocks of a page, in its order. */
export function codeBlocks(page: string): string[] {
  return [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
}

/** The examples of a page of the reference, by a name that a file can have. */
export function examplesOf(page: string): ReadonlyMap<string, string> {
  const examples = new Map<string, string>();
  for (const section of page.split(/^## /m)) {
    const name = section.slice(0, section.indexOf("\n"));
    const found = section.matchAll(/^Example(?: of `[\w.]+`)?:\n\n```ts\n([\s\S]*?)^```$/gm);
    for (const [, code = ""] of found) examples.set(`${name}-${examples.size}`, code);
  }
  return examples;
}

/** The code of an example, with each `value; // => expected` in it an assertion. */
export function asserted(code: string): string {
  const checked = code.replaceAll(
    /^(\s*)(.+); \/\/ => (.+)$/gm,
    "$1slash8Assert.deepStrictEqual($2, $3);",
  );
  return `import slash8Assert from "node:assert";\n${checked}${/^export /m.test(code) ? "" : "\nexport {};\n"}void slash8Assert;\n`;
}
