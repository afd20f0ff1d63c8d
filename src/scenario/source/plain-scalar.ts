/**
 * The value of an unquoted scalar under YAML 1.2's core schema: `yes`, `on` and 12:30 are texts.
 *
 * With one exception: a number with leading zeros stays a text. It may be meant as one ("hex: 0012"), and as
 * a number it would be octal to some readers and decimal to others.
 *
 * Done here and not by the YAML library because variables are replaced in the text first.
 *
 * @see YAML 1.2.2, section 10.3.2
 */
export function plainScalar(text: string): string | number | boolean | null {
  if (text === "" || /^(?:null|Null|NULL|~)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (hasLeadingZeros(text)) return text;
  if (/^0o[0-7]+$/.test(text) || /^0x[0-9a-fA-F]+$/.test(text)) return Number(text);
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text)) return Number(text);
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return /^\.(?:nan|NaN|NAN)$/.test(text) ? Number.NaN : text;
}

/** Whether a text is a whole number with leading zeros. */
export function hasLeadingZeros(text: string): boolean {
  return /^[-+]?0[0-9]+$/.test(text);
}

/** Message for a number that `hasLeadingZeros`. */
export function leadingZerosMessage(text: string): string {
  const digits = text.replace(/^([-+]?)0+(?=\d)/, "$1");
  const octal = /^[-+]?[0-7]+$/.test(digits) ? ` (or 0o${digits} for octal)` : "";
  return `${text}: a number with leading zeros is ambiguous; write ${digits}${octal}`;
}
