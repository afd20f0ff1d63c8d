/** An element with a message, as JUnit's failure and error are; names are ours. */
export function element(name: string, message: string, text: string): string {
  return `<${name} message="${attribute(message)}">${escaped(text)}</${name}>`;
}

/** Text as the value of an attribute. */
export function attribute(text: string): string {
  return escaped(text)
    .replaceAll('"', "&quot;")
    .replaceAll(/[\t\n\r]/g, (found) => `&#${found.charCodeAt(0)};`);
}

/** Text as content. Characters that XML 1.0 cannot represent become U+FFFD. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
