/** A capture needs a program that not every machine has. */
import { chooseProgram } from "../../machine/capture-programs.ts";
import type { Check } from "./check.ts";

export const captureProgram: Check = ({ plan: { scenario }, host }) => {
  const { capture } = scenario;
  if (capture === null || chooseProgram(capture.program, host.capturePrograms) !== null) return [];
  const what =
    capture.program === "auto" ? "neither dumpcap nor tcpdump is" : `${capture.program} is not`;
  return [
    {
      level: "refuse",
      message: `the scenario captures packets, and ${what} installed`,
      remedy: `${install(host.os, capture.program)}, or leave "capture" out`,
    },
  ];
};

function install(os: string, program: "auto" | "dumpcap" | "tcpdump"): string {
  // macOS comes with tcpdump.
  if (os === "Darwin") return "brew install wireshark";
  const name = program === "dumpcap" ? "wireshark-common" : "tcpdump";
  return `sudo apt-get install ${name}, or the same package under your system's name for it`;
}
