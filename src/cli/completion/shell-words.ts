/**
 * The words of a line of a shell, up to the cursor, as far as quotes and backslashes go. The last one is being typed.
 *
 * @returns `isQuoted`: a quote is open there
 */
export function shellWords(line: string): {
  readonly words: readonly string[];
  readonly isQuoted: boolean;
} {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] as string;
    if (quote !== null) {
      if (letter === quote) quote = null;
      else if (letter === "\\" && quote === '"') word = `${word ?? ""}${line[++at] ?? ""}`;
      else word = `${word ?? ""}${letter}`;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= "";
    } else if (/[\s|&;]/.test(letter)) {
      if (word !== null) words.push(word);
      word = null;
      // What comes behind these is a command of its own.
      if (/[|&;]/.test(letter)) words.length = 0;
    } else if (letter === "\\") word = `${word ?? ""}${line[++at] ?? ""}`;
    else word = `${word ?? ""}${letter}`;
  }
  return { words: [...words, word ?? ""], isQuoted: quote !== null };
}
