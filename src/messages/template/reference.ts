/** The reference of what messages may hold, docs/reference/placeholders.md: everything in it comes from the tables. */
import { markdownTable } from "../../base/text/markdown.ts";
import { pipes } from "./pipes.ts";
import { sources } from "./sources.ts";

const introduction = `# Placeholders of messages

Made from \`src/messages/template/sources.ts\` and \`pipes.ts\` by \`npm run schema\`: change the texts there, not here.
[Messages and data](../messages.md) shows how they are used.

    {{ VALUE ARGUMENTS... OPERATIONS... | PIPE ARGUMENTS... | PIPE ... }}

Texts in double quotes may hold \`\\"\`, \`\\\\\`, \`\\n\`, \`\\r\` and \`\\t\`, those in single quotes stand as they are; both may
hold braces, so \`{{"{{"}}\` sends two braces.

## Values

`;

const named = `
Besides, what the scenario names:

| written as | what is sent |
| --- | --- |
| \`{{DATA.COLUMN}}\`, \`{{DATA."A COLUMN"}}\` | a cell of the row that the message takes from \`data\` |
| \`{{DATA}}\` | a row of data whose format is lines |
| \`{{PART}}\` | a named part of the message (\`parts\`) |
| \`{{"TEXT"}}\` | this text, for a pipe |

## Operations

Of numbers: \`%\` (remainder), \`/\` (rounded down) and \`+\`, each with a whole number, from left to right, \`+\` last:
\`{{sequence / 10 % 1000 + 1}}\`.

## Pipes

A pipe that takes no arguments may stand in front: \`{{json users.name}}\` is \`{{users.name | json}}\`.

`;

export function placeholderReference(): string {
  const head = ["written as", "example", "sent", "description"];
  const rows = (table: typeof sources | typeof pipes) =>
    Object.values(table).map(({ form, example, sent, description }) => [
      `\`${form}\``,
      `\`${example}\``,
      /^(the|these) /.test(sent) ? sent : `\`${sent}\``,
      description,
    ]);
  return `${introduction}${markdownTable(head, rows(sources))}${named}${markdownTable(head, rows(pipes))}`;
}
