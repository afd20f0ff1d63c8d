import { adviceOf } from "./advice.ts";
import { type Finding, severities } from "./finding.ts";
import { generatorFindings } from "./generator.ts";
import { hostFindings } from "./hosts.ts";
import { machineFindings } from "./machine.ts";
import type { Measures } from "./measures.ts";
import { sampleFindings, shortFindings, slowFindings } from "./run.ts";
import { serverFindings } from "./server.ts";
import { tcpFindings } from "./tcp.ts";

/**
 * All findings on the validity of the figures: the most severe first; within a severity that the run was too short,
 * then the machine, which explains the others, then the generator, then the server. Pure.
 */
export function findingsOf(measures: Measures): Finding[] {
  const machine = machineFindings(measures);
  const all = [
    ...shortFindings(measures),
    ...machine,
    ...generatorFindings(measures, adviceOf(measures, machine)),
    ...serverFindings(measures),
    ...tcpFindings(measures),
    ...sampleFindings(measures),
    ...slowFindings(measures),
    ...hostFindings(measures),
  ];
  const rank = ({ severity }: Finding) => severities.indexOf(severity);
  return all.sort((a, b) => rank(a) - rank(b));
}
