/** Channels over Node's IPC between a process and the one that forked it, with `serialization: "advanced"`. */
import type { ChildProcess } from "node:child_process";
import type { Channel } from "./channel.ts";

/** The parent's end. */
export function channelToChild<Out, In>(child: ChildProcess): Channel<Out, In> {
  return {
    send(message) {
      // What cannot be delivered is not missed: the child is gone, which `closed` says.
      if (child.connected) child.send(message as object, () => {});
    },
    onMessage(receive) {
      child.on("message", (message) => receive(message as In));
    },
    // On a busy machine "exit" and "disconnect" come before the last messages: 4 times of 100 beside two endless loops.
    closed: new Promise((resolve) => child.once("close", () => resolve("its process ended"))),
  };
}

/** The child's end. */
export function channelToParent<Out, In>(): Channel<Out, In> {
  return {
    send(message) {
      if (process.connected) process.send?.(message);
    },
    onMessage(receive) {
      process.on("message", (message) => receive(message as In));
    },
    closed: new Promise((resolve) => {
      process.once("disconnect", () => resolve("the coordinator closed it, or has ended"));
    }),
  };
}
