/** What of a workload a search raises: `--vary chat.rate`. */
export interface Vary {
  readonly workload: string;
  readonly what: "rate" | "connections";
}
