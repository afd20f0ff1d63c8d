/** Answers the scripts of scripts.ts. */
import type { Command } from "../arguments/command.ts";
import type { Shell } from "./scripts.ts";
import { shellWords } from "./shell-words.ts";
import { type Suggestion, suggest } from "./suggest.ts";

/**
 * @param given what the script passes on: the shell's name, then for bash the word under the cursor as bash sees it and the
 *              line up to the cursor, else the words behind the program's name up to the cursor
 * @returns     lines, each as its shell takes it
 */
export function answerShell(given: readonly string[], commands: readonly Command[]): string {
  const [shell, ...rest] = given;
  const lines = answers[shell as Shell]?.(rest, commands) ?? [];
  return lines.map((line) => `${line}\n`).join("");
}

const answers: Readonly<
  Record<Shell, (rest: readonly string[], commands: readonly Command[]) => readonly string[]>
> = {
  bash([seen = "", line = ""], commands) {
    const { words, isQuoted } = shellWords(line);
    const typed = words.at(-1) ?? "";
    // bash breaks words at = and :, which stand for themselves then, and replaces what it takes for the word.
    const last = /^[=:]+$/.test(seen) ? "" : seen;
    const kept = typed.endsWith(last) ? typed.length - last.length : 0;
    return suggest(words.slice(1), commands).map(({ text }) =>
      isQuoted ? text.slice(kept) : escaped(text.slice(kept)),
    );
  },
  zsh: (words, commands) => suggest(words, commands).map(forZsh),
  fish: (words, commands) =>
    suggest(words, commands).map(({ text, about }) =>
      about === "" ? text : `${text}\t${firstLine(about)}`,
    ),
};

/** What a shell would take for more than a letter is escaped; "~", ".", "/" and "=" are not. */
function escaped(text: string): string {
  return text.replaceAll(/[\s"'\\$`&|;<>()*?[\]{}!#]/g, "\\$&");
}

function forZsh({ text, about }: Suggestion): string {
  const name = text.replaceAll("\\", "\\\\").replaceAll(":", "\\:");
  return about === "" ? name : `${name}:${firstLine(about)}`;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
