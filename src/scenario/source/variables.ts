import { closestName } from "../../base/suggestion.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/** A problem with the `index`-th "${" of a text, counted from 0. */
interface VariableProblem {
  readonly index: number;
  readonly message: string;
}

/**
 * Replaces `${NAME}` and `${NAME:-default}`; `$${` stands for `${`.
 *
 * The default is used where the variable is unset or empty, as in a shell. It runs to the next
 * brace; nothing is replaced within it.
 *
 * @returns the text, and what could not be replaced
 */
export function replaceVariables(
  text: string,
  env: Variables,
): { readonly text: string; readonly problems: readonly VariableProblem[] } {
  const problems: VariableProblem[] = [];
  let index = -1;
  const replaced = text.replaceAll(/\$\$\{|\$\{([^}]*)(\}?)/g, (whole, inner, closed) => {
    index++;
    if (whole === "$${") return "${";
    const match = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inner);
    if (closed === "" || match === null) {
      const message = `variables are written \${NAME} or \${NAME:-default}; for a plain "\${" write "$\${"`;
      problems.push({ index, message });
      return "";
    }
    const [, name = "", fallback] = match;
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
    if (value === undefined) {
      const closest = closestName(name, Object.keys(env));
      const hint = closest === null ? "" : ` (did you mean ${closest}?)`;
      const message = `the environment variable ${name} is not set${hint}; set it, or give a default: \${${name}:-default}`;
      problems.push({ index, message });
      return "";
    }
    return value;
  });
  return { text: replaced, problems };
}
