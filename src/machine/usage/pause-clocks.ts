import { threadNs } from "../../base/schedstat.ts";
import type { PauseClocks } from "../../metrics/disturbance/pauses.ts";
import { readText } from "../read-text.ts";
import { parseMachineTimes } from "./machine-times.ts";

/** Of the thread that calls them. */
export const pauseClocks: PauseClocks = {
  thread: threadNs,
  stealNs() {
    const times = parseMachineTimes(readText("/proc/stat") ?? "");
    return times === null ? null : times.stealSeconds * 1e9;
  },
};
