/** Questions in a terminal, one after the other; Enter takes what stands in brackets. */
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { exitStatus, UserError } from "../../base/errors.ts";

/** What answers them; lines that come before they are asked for are kept. */
export class Questions {
  readonly #lines: string[] = [];
  readonly #readline: Interface;
  readonly #output: Writable;
  #waiting: { resolve: (line: string) => void; reject: (error: Error) => void } | null = null;
  #isEnded = false;

  constructor(input: Readable, output: Writable, terminal: boolean) {
    this.#output = output;
    this.#readline = createInterface({ input, output, terminal });
    this.#readline.on("line", (line) => {
      const waiting = this.#waiting;
      this.#waiting = null;
      if (waiting === null) this.#lines.push(line);
      else waiting.resolve(line);
    });
    // Ctrl-C, and Ctrl-D or the end of the input.
    this.#readline.on("SIGINT", () => this.#readline.close());
    this.#readline.on("close", () => {
      this.#isEnded = true;
      if (this.#waiting === null) return;
      // What is said next begins on a line of its own.
      this.#output.write("\n");
      this.#waiting.reject(interrupted());
      this.#waiting = null;
    });
  }

  /**
   * Asks until an answer can be read.
   *
   * @param byDefault what Enter stands for; null: an answer is needed
   * @param read      throws a UserError that says what would do, which is shown
   * @throws          (rejects with) UserError (exit 130) where there are no more answers
   */
  async ask<Value>(
    question: string,
    byDefault: string | null,
    read: (text: string) => Value | Promise<Value>,
  ): Promise<Value> {
    const offered = byDefault === null || byDefault === "" ? "" : ` [${byDefault}]`;
    for (;;) {
      const line = (await this.#line(`${question}${offered}: `)).trim();
      const text = line === "" ? byDefault : line;
      try {
        if (text === null) throw new UserError("an answer is needed here");
        return await read(text);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        this.say(`  ${error.message}`);
      }
    }
  }

  confirm(question: string, byDefault: boolean): Promise<boolean> {
    return this.ask(question, byDefault ? "yes" : "no", (text) => {
      if (/^y(es)?$/i.test(text)) return true;
      if (/^no?$/i.test(text)) return false;
      throw new UserError("yes or no?");
    });
  }

  say(text: string): void {
    this.#output.write(`${text}\n`);
  }

  close(): void {
    this.#readline.close();
  }

  #line(prompt: string): Promise<string> {
    const kept = this.#lines.shift();
    if (kept !== undefined) {
      this.#output.write(`${prompt}${kept}\n`);
      return Promise.resolve(kept);
    }
    if (this.#isEnded) return Promise.reject(interrupted());
    this.#readline.setPrompt(prompt);
    this.#readline.prompt();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }
}

function interrupted(): UserError {
  return new UserError("interrupted; nothing was written", exitStatus.interrupted);
}
