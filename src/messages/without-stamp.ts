import type { MessageWriter } from "./message.ts";
import { stampBytes } from "./stamp.ts";

/** As a writer, with messages that nobody takes for stamped ones: those that do not count as the workload's. */
export function withoutStamp(writer: MessageWriter): MessageWriter {
  if (!writer.stamped && !writer.partlyStamped) return writer;
  return {
    ...writer,
    stamped: false,
    partlyStamped: false,
    write(into, at, key) {
      const length = writer.write(into, at, key);
      // The stamp's first two bytes are what it is recognised by.
      if (length >= stampBytes) into.fill(underscore, at, at + 2);
      return length;
    },
    rewrite: null,
  };
}

const underscore = "_".charCodeAt(0);
