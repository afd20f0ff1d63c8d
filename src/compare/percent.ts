/** A share for people, two digits: "1.2 %", "12 %", "0.05 %". */
export function percentText(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
